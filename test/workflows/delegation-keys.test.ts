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
  const ports = { clock: memoryClock(now), log, caution: () => undefined };
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
      it(`the certificate ${name} is the key that it is to genuine notary`, () => {
        const { key } = read(name, fixture(`certs/${name}`));
        expect(idOf(key)).toBe(verdict);
        expect(key?.keyType).toMatch(/^(ecdsa|rsa)-x509$/);
      });
    } else if (name.endsWith('.der')) {
      it(`the certificate ${name} is taken, which genuine notary knows as PEM only`, () => {
        expect(idOf(read(name, fixture(`certs/${name}`)).key)).toBe(
          idOf(read(name, fixture(`certs/${name.replace('.der', '.crt')}`)).key),
        );
      });
    } else if (broken) {
      it(`the certificate ${name} is refused, where genuine notary stages a change that is of no use`, () => {
        expect(read(name, fixture(`certs/${name}`)).message).toBe(
          `unable to parse valid public key certificate from PEM file ${name}: invalid certificate: its key is neither RSA nor ECDSA`,
        );
      });
    } else {
      it(`the certificate ${name} is refused in the words of genuine notary`, () => {
        expect(read(name, fixture(`certs/${name}`)).message).toBe(verdict);
      });
    }
  }

  it('a certificate is taken to the byte, without text and headers around it', () => {
    const plain = read('p256.crt', fixture('certs/p256.crt')).key;
    expect(read('with-text.crt', fixture('certs/with-text.crt')).key).toEqual(plain);
    const headed = fixture('certs/p256.crt').toString().replace('-----\n', '-----\nrole: alice\n\n');
    expect(read('headed.crt', Buffer.from(headed)).key).toEqual(plain);
  });

  it('a certificate is the first of a chain', () => {
    const { key } = read('chain.crt', fixture('certs/chain.crt'));
    const [first] = parsePem(fixture('certs/chain.crt'));
    const [taken] = parsePem(Buffer.from(key?.value ?? '', 'base64'));
    expect(taken?.bytes).toEqual(first?.bytes);
    expect(parsePem(Buffer.from(key?.value ?? '', 'base64'))).toHaveLength(1);
  });

  it('a certificate that expires within six months is taken with a warning', () => {
    const notAfter = Date.parse(good.validTo);
    const near = read('p256.crt', fixture('certs/p256.crt'), new Date(notAfter - days(100)));
    expect(near.key).toBeDefined();
    expect(near.log.messages('warn')).toEqual([
      expect.stringMatching(/^certificate with CN .* is near expiry$/),
      `the certificate (CN ${good.subject.replace('CN=', '')}) in p256.crt expires at ${new Date(notAfter).toISOString().replace('.000Z', 'Z')}`,
    ]);
    const far = read('p256.crt', fixture('certs/p256.crt'), new Date(notAfter - days(200)));
    expect(far.log.records).toEqual([]);
  });
});

describe('a certificate that is refused', () => {
  const refused = (name: string, now = recorded) => {
    try {
      parseDelegationKey(name, fixture(`certs/${name}`), {
        clock: memoryClock(now),
        log: memoryLog(),
        caution: () => undefined,
      });
    } catch (error) {
      if (isNotaryError(error)) return error;
      throw error;
    }
    throw new Error('the client took it');
  };
  const expired = new Date(Date.parse(good.validTo) + 1000);

  it('is refused with its common name and its file, and with the reason as its cause', () => {
    const { code, details, hint, cause } = refused('p256.crt', expired);
    expect(code).toBe('INVALID_CERTIFICATE');
    const [notBefore, notAfter] = [good.validFrom, good.validTo].map((date) =>
      new Date(date).toISOString().replace('.000Z', 'Z'),
    );
    expect(details).toEqual({
      ...{ commonName: good.subject.replace('CN=', ''), file: 'p256.crt' },
      ...{ notBefore, notAfter },
    });
    expect(hint).toContain(
      `is good from ${notBefore ?? ''} to ${notAfter ?? ''}; the clock of this machine says`,
    );
    expect(cause).toMatchObject({
      message: expect.stringMatching(/^invalid certificate: .* is expired$/) as string,
      details: { commonName: good.subject.replace('CN=', '') },
      cause: {
        code: 'INVALID_CERTIFICATE',
        message: expect.stringMatching(/^certificate with CN/) as string,
      },
    });
  });

  it.each([
    ['malformed.crt', 'MALFORMED_DER'],
    ['secp256k1.crt', 'INVALID_KEY_TYPE'],
  ])('%s is refused as a bad certificate, with what its reader said as the cause', (name, code) => {
    const { code: told, details, cause } = refused(name);
    expect(told).toBe('INVALID_CERTIFICATE');
    expect(details['file']).toBe(name);
    expect(cause).toMatchObject({ code: 'INVALID_CERTIFICATE', cause: { code } });
  });

  it('ed25519.crt is refused as a bad certificate', () => {
    const { code, details } = refused('ed25519.crt');
    expect([code, details]).toEqual(['INVALID_CERTIFICATE', { file: 'ed25519.crt' }]);
  });

  it('is taken without a warning when it ends in six months to the second', () => {
    const end = new Date(good.validTo);
    const start = new Date(end);
    start.setUTCMonth(start.getUTCMonth() - 6);
    expect(read('p256.crt', fixture('certs/p256.crt'), start).log.records).toEqual([]);
    const later = new Date(start.getTime() + 1000);
    expect(read('p256.crt', fixture('certs/p256.crt'), later).log.records).toHaveLength(2);
  });
});

describe('a bare public key', () => {
  for (const name of ['p224', 'p256', 'p384', 'p521', 'rsa2048', 'rsa3072']) {
    it(`the bare public key ${name} is the same key as in its certificate`, () => {
      const { key } = read('key.pem', fixture(`keys/${name}.pub.pem`));
      const fromCertificate = read('key.crt', fixture(`certs/${name}.crt`)).key;
      expect(key?.keyType).toBe(name.startsWith('rsa') ? 'rsa' : 'ecdsa');
      expect(idOf(key)).toBe(idOf(fromCertificate));
    });
  }

  it('a bare public key of RSA that is too short is taken, since Notary takes it, with a warning that it is of no use', () => {
    const { key, log } = read('short.pem', fixture('keys/rsa1024.pub.pem'));
    expect(key?.keyType).toBe('rsa');
    expect(log.records).toEqual([expect.objectContaining({ level: 'warn', code: 'WEAK_KEY' })]);
  });

  it('of ECDSA on another curve is refused as a bad key, and one of another kind too', () => {
    const refused = (name: string) => () =>
      parseDelegationKey('key.pem', fixture(`keys/${name}.pub.pem`), {
        clock: memoryClock(),
        log: memoryLog(),
        caution: () => undefined,
      });
    expect(refused('secp256k1')).toThrow(
      expect.objectContaining({
        code: 'INVALID_KEY',
        details: { algorithm: 'ecdsa', file: 'key.pem' },
        cause: expect.objectContaining({
          cause: expect.objectContaining({ code: 'INVALID_KEY_TYPE' }) as object,
        }) as object,
      }),
    );
    expect(refused('ed25519')).toThrow(expect.objectContaining({ code: 'INVALID_KEY' }));
  });

  for (const name of ['ed25519', 'secp256k1', 'rsa-pss']) {
    it(`a bare public key of the kind ${name} is refused`, () => {
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
    it(`a file that holds no public key but ${what} is refused`, () => {
      expect(read('file', Buffer.from(text)).message).toBe(
        `unable to parse valid public key certificate from PEM file file: ${reason}`,
      );
    });
  }
});
