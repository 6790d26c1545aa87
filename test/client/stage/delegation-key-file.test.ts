/** Certificate and key files that collaborators hand over, as they hand them over. */

import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDelegationKey } from '../../../src/client/stage/delegation-key-file.ts';
import { cautionFor } from '../../../src/composition/strictness.ts';
import { generateEcdsaKey } from '../../../src/crypto/keys/private-key.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { isNotaryError } from '../../../src/errors.ts';
import { fixture } from '../../support/fixture-files.ts';
import { makeScratch, removeScratch } from '../../support/genuine/scratch.ts';
import { plainPem } from '../../support/key-file-samples.ts';
import { days, memoryClock, memoryLog } from '../../support/memory-ports.ts';

const good = new X509Certificate(fixture('certs/p256.crt'));
const recorded = new Date(Date.parse(good.validFrom) + days(1));
const certificate = (name: string) => fixture(`certs/${name}.crt`);
const join = (...files: readonly Uint8Array[]) => Buffer.concat(files);

function read(file: Uint8Array, strict = false) {
  const log = memoryLog();
  const ports = { clock: memoryClock(recorded), log, caution: cautionFor(strict ? 'all' : 'none', log) };
  try {
    return { id: canonicalKeyId(parseDelegationKey('bob.pem', file, ports)), log, failure: undefined };
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return { id: '', log, failure: error };
  }
}

const idOf = (name: string) => read(certificate(name)).id;
const codes = ({ log }: ReturnType<typeof read>) => log.records.map(({ code }) => code);

describe('a certificate file', () => {
  it('a certificate file with the CA first is that of the signer, and says so', () => {
    const caFirst = read(join(certificate('authority'), certificate('by-authority')), true);
    expect([caFirst.id, codes(caFirst)]).toEqual([idOf('by-authority'), ['LEAF_TAKEN']]);
    const leafFirst = read(join(certificate('by-authority'), certificate('authority')), true);
    expect([leafFirst.id, codes(leafFirst)]).toEqual([idOf('by-authority'), []]);
  });

  it('a certificate file in a form of OpenSSL says how to write it as others do', () => {
    const trusted = Buffer.from(
      Buffer.from(certificate('p256')).toString().replaceAll(' CERTIFICATE-', ' TRUSTED CERTIFICATE-'),
    );
    expect(read(trusted).failure?.hint).toMatch(
      /TRUSTED CERTIFICATE\) .* "openssl x509 -in FILE -out CERTIFICATE"\.$/,
    );
  });

  it('a private key in its place is named once, and is never to be handed over', () => {
    expect(read(plainPem(generateEcdsaKey())).failure?.hint).toMatch(
      /^bob\.pem is a private key\. Never hand it over\. /,
    );
  });

  it('a compressed point in a certificate or a public key is named in the words of Notary, with the way to write it out', () => {
    const folder = makeScratch();
    const openssl = (...words: readonly string[]) => execFileSync('openssl', words, { cwd: folder });
    openssl(...'genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out full.pem'.split(' '));
    openssl(...'ec -in full.pem -conv_form compressed -out key.pem'.split(' '));
    openssl(...'req -x509 -new -key key.pem -subj /CN=bob -out bob.pem'.split(' '));
    openssl(...'ec -in full.pem -pubout -conv_form compressed -out public.pem'.split(' '));
    const [pem, publicKey] = [readFileSync(`${folder}/bob.pem`), readFileSync(`${folder}/public.pem`)];
    removeScratch(folder);
    for (const file of [pem, publicKey]) {
      const { failure } = read(file);
      expect(failure?.message).toMatch(/: x509: failed to unmarshal elliptic curve point$/);
      expect(failure?.hint).toMatch(/^The key is written as a compressed point, .* -conv_form uncompressed /);
    }
  });

  it('a certificate file with one certificate twice is that of one signer', () => {
    const twice = read(join(certificate('p256'), certificate('p256')), true);
    expect([twice.id, codes(twice)]).toEqual([idOf('p256'), []]);
  });

  it('a certificate file of two signers names both, counts the first, and fails when strict', () => {
    const two = read(join(certificate('p256'), certificate('p384')));
    expect([two.id, codes(two)]).toEqual([idOf('p256'), ['SEVERAL_KEYS_IN_FILE']]);
    const subject = (name: string) =>
      `CN ${/CN=(.*)/.exec(new X509Certificate(certificate(name)).subject)?.[1]}`;
    expect(two.log.messages('warn')[0]).toContain(subject('p256'));
    expect(two.log.messages('warn')[0]).toContain(subject('p384'));
    expect(read(join(certificate('p256'), certificate('p384')), true).failure).toMatchObject({
      code: 'SEVERAL_KEYS_IN_FILE',
    });
  });

  it('a file of two public keys is no file of one signer', () => {
    const two = join(fixture('keys/p256.pub.pem'), fixture('keys/p384.pub.pem'));
    expect(codes(read(two))).toEqual(['SEVERAL_KEYS_IN_FILE']);
    expect(read(two, true).failure).toMatchObject({ code: 'SEVERAL_KEYS_IN_FILE' });
    expect(codes(read(join(fixture('keys/p256.pub.pem'), fixture('keys/p256.pub.pem'))))).toEqual([]);
  });

  it('a certificate file with the private key beside it is taken, and the private key is said to be there', () => {
    const both = join(certificate('p256'), fixture('keys/p256.pem'));
    expect(codes(read(both))).toEqual(['PRIVATE_KEY_IN_FILE']);
    expect(read(both, true).failure).toMatchObject({ code: 'PRIVATE_KEY_IN_FILE' });
  });

  const text = Buffer.from(certificate('p256')).toString();
  it.each([
    ['DER', () => fixture('certs/p256.der')],
    ['UTF-16', () => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['a byte order mark', () => Buffer.from(`\ufeff${text}`)],
    ['CRLF', () => Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['blanks for line ends', () => Buffer.from(text.trim().replaceAll('\n', ' '))],
  ])('a certificate file in %s is read', (_, file) => {
    expect(read(file(), true)).toMatchObject({ id: idOf('p256'), failure: undefined });
  });

  it.each([
    ['a private key', () => fixture('keys/p256.pem'), 'Never hand it over'],
    ['a private key in DER', () => derOf('keys/p256.pem'), 'Never hand it over'],
    [
      'a request',
      () => Buffer.from(text.replaceAll(' CERTIFICATE', ' CERTIFICATE REQUEST')),
      'openssl x509 -req',
    ],
    ['PKCS#7', () => Buffer.from(text.replaceAll(' CERTIFICATE', ' PKCS7')), 'openssl pkcs7'],
    ['text', () => Buffer.from('hello, world'), 'bob.pem is text without a key.'],
  ])('a certificate file that is %s is refused, with what it is and what to do', (_, file, hint) => {
    const { failure } = read(file());
    expect(failure?.message).toMatch(/^unable to parse valid public key certificate from PEM file bob.pem: /);
    expect(failure?.hint).toContain(hint);
  });
});

function derOf(name: string): Uint8Array {
  const [, base64 = ''] = /-----\n([^-]+)-----END/.exec(Buffer.from(fixture(name)).toString()) ?? [];
  return Buffer.from(base64, 'base64');
}
