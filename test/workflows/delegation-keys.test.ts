/** Files that are handed over as the key of a delegate: what Notary takes of them, and in which words it refuses. */

import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseDelegationKey } from '../../src/client/stage/delegation-key-file.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { parsePem } from '../../src/encoding/pem.ts';
import { isNotaryError } from '../../src/errors.ts';
import { fixture } from '../support/fixture-files.ts';
import { days, memoryClock, memoryLog } from '../support/memory-ports.ts';

const verdicts = new Map(
  Object.entries(JSON.parse(fixture('certs/verdicts.json').toString()) as Record<string, string>),
);

/** The time at which the certificates that are good are good: just after they were made. */
const good = new X509Certificate(fixture('certs/p256.crt'));
const recorded = new Date(Date.parse(good.validFrom) + days(1));

function read(path: string, pem: Uint8Array, now = recorded) {
  const log = memoryLog();
  const ports = { clock: memoryClock(now), log };
  try {
    return { key: parseDelegationKey(path, pem, ports), log };
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return { message: error.message, log };
  }
}

const idOf = (key: PublicKey | undefined) => key && canonicalKeyId(key);

describe('a certificate', () => {
  for (const [name, verdict] of verdicts) {
    const accepted = /^[0-9a-f]{64}$/.test(verdict);
    const broken = verdict === 'public key is nil';
    if (accepted) {
      it(`${name} is the key that it is to genuine notary`, () => {
        const { key } = read(name, fixture(`certs/${name}`));
        expect(idOf(key)).toBe(verdict);
        expect(key?.keyType).toMatch(/^(ecdsa|rsa)-x509$/);
      });
    } else if (broken) {
      it(`${name} is refused, where genuine notary stages a change that nobody can use`, () => {
        expect(read(name, fixture(`certs/${name}`)).message).toBe(
          `unable to parse valid public key certificate from PEM file ${name}: invalid certificate: its key is neither RSA nor ECDSA`,
        );
      });
    } else {
      it(`${name} is refused in the words of genuine notary`, () => {
        expect(read(name, fixture(`certs/${name}`)).message).toBe(verdict);
      });
    }
  }

  it('is taken to the byte, without text and headers around it', () => {
    const plain = read('p256.crt', fixture('certs/p256.crt')).key;
    expect(read('with-text.crt', fixture('certs/with-text.crt')).key).toEqual(plain);
    const headed = fixture('certs/p256.crt').toString().replace('-----\n', '-----\nrole: alice\n\n');
    expect(read('headed.crt', Buffer.from(headed)).key).toEqual(plain);
  });

  it('is the first of a chain', () => {
    const { key } = read('chain.crt', fixture('certs/chain.crt'));
    const [first] = parsePem(fixture('certs/chain.crt'));
    const [taken] = parsePem(Buffer.from(key?.value ?? '', 'base64'));
    expect(taken?.bytes).toEqual(first?.bytes);
    expect(parsePem(Buffer.from(key?.value ?? '', 'base64'))).toHaveLength(1);
  });

  it('that expires within six months is taken with a warning', () => {
    const notAfter = Date.parse(good.validTo);
    const near = read('p256.crt', fixture('certs/p256.crt'), new Date(notAfter - days(100)));
    expect(near.key).toBeDefined();
    expect(near.log.messages('warn')).toEqual([
      expect.stringMatching(/^certificate with CN .* is near expiry$/),
    ]);
    const far = read('p256.crt', fixture('certs/p256.crt'), new Date(notAfter - days(200)));
    expect(far.log.records).toEqual([]);
  });
});

describe('a bare public key', () => {
  for (const name of ['p224', 'p256', 'p384', 'p521', 'rsa2048', 'rsa3072']) {
    it(`${name} is the same key as in its certificate`, () => {
      const { key } = read('key.pem', fixture(`keys/${name}.pub.pem`));
      const fromCertificate = read('key.crt', fixture(`certs/${name}.crt`)).key;
      expect(key?.keyType).toBe(name.startsWith('rsa') ? 'rsa' : 'ecdsa');
      expect(idOf(key)).toBe(idOf(fromCertificate));
    });
  }

  it('of RSA that is too short is taken, since Notary takes it, with a warning that it is of no use', () => {
    const { key, log } = read('short.pem', fixture('keys/rsa1024.pub.pem'));
    expect(key?.keyType).toBe('rsa');
    expect(log.records).toEqual([expect.objectContaining({ level: 'warn', code: 'WEAK_KEY' })]);
  });

  for (const name of ['ed25519', 'secp256k1', 'rsa-pss']) {
    it(`of the kind ${name} is refused`, () => {
      expect(read('key.pem', fixture(`keys/${name}.pub.pem`)).message).toBe(
        'unable to parse valid public key certificate from PEM file key.pem: unknown public key format',
      );
    });
  }
});

describe('a file that holds no public key', () => {
  for (const [what, text, reason] of [
    ['nothing', '', 'no valid public key found'],
    ['text', 'text', 'no valid public key found'],
    [
      'a private key',
      fixture('keys/p256.pem'),
      'unsupported PEM block type "PRIVATE KEY", expected CERTIFICATE or PUBLIC KEY',
    ],
  ] as const) {
    it(`but ${what} is refused`, () => {
      expect(read('file', Buffer.from(text)).message).toBe(
        `unable to parse valid public key certificate from PEM file file: ${reason}`,
      );
    });
  }
});
