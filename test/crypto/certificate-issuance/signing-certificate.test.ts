import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRootCertificate } from '../../../src/crypto/certificate-issuance/signing-certificate.ts';
import { checkCertificate } from '../../../src/crypto/certificates/check-certificate.ts';
import { encodeBundle, leafOfBundle, parseBundle } from '../../../src/crypto/certificates/x509.ts';
import { generateEcdsaKey, type PrivateKey, privateKeyOf } from '../../../src/crypto/keys/private-key.ts';
import { type DerNode, derTag, readDer, readInteger, readSequence } from '../../../src/encoding/der/read.ts';
import { mustRun } from '../../support/genuine/programs.ts';
import { ecSamples, ed25519, rsa2048, rsa3072 } from '../../support/key-samples.ts';
import { seededRandom } from '../../support/memory-ports.ts';

const now = new Date('2026-11-22T16:05:07.891Z');
const make = (key: PrivateKey, gun = 'docker.io/alice/demo', at = now) =>
  createRootCertificate(key, gun, at, seededRandom());
const fields = (pem: string): readonly DerNode[] => {
  const [body] = readSequence(readDer(leafOfBundle(Buffer.from(pem)).der), 'certificate');
  return readSequence(body, 'body');
};

describe('a root certificate', () => {
  it.each([...ecSamples, rsa2048, rsa3072].map((sample) => [sample.name, sample.privateKey] as const))(
    'a root certificate for %s is signed by itself, and OpenSSL agrees',
    async (_, object) => {
      const pem = make(privateKeyOf(object));
      const certificate = new X509Certificate(pem);
      expect(certificate.verify(createPublicKey(object))).toBe(true);
      expect(certificate.issuer).toBe(certificate.subject);
      const { stdout } = await mustRun('openssl', ['x509', '-noout', '-text'], { input: pem });
      expect(stdout).toContain('Subject: CN = docker.io/alice/demo');
      expect(stdout).toContain('Issuer: CN = docker.io/alice/demo');
      expect(stdout).toContain('Version: 3 (0x2)');
      expect(stdout).toMatch(/Key Usage: critical\s+Digital Signature, Key Encipherment\n/);
      expect(stdout).toMatch(/Extended Key Usage: \n\s+Code Signing\n/);
      expect(stdout).toMatch(/Basic Constraints: critical\s+CA:FALSE\n/);
      expect(stdout).not.toMatch(/Subject Alternative Name|Key Identifier/);
    },
  );

  it.each([...ecSamples, rsa2048].map(({ name, privateKey }) => [name, privateKey] as const))(
    'a root certificate for %s is signed with the hash that Go would take',
    (name, object) => {
      const algorithm = {
        'P-224': '1.2.840.10045.4.3.2',
        'P-256': '1.2.840.10045.4.3.2',
        'P-384': '1.2.840.10045.4.3.3',
        'P-521': '1.2.840.10045.4.3.4',
        'RSA 2048': '1.2.840.113549.1.1.11',
      }[name];
      const { signatureAlgorithm } = leafOfBundle(Buffer.from(make(privateKeyOf(object))));
      expect(signatureAlgorithm).toBe(algorithm);
    },
  );

  it('a root certificate passes its own checks, from now for ten years, in whole seconds', () => {
    const certificate = leafOfBundle(Buffer.from(make(generateEcdsaKey())));
    expect(() => checkCertificate(certificate, now, { expiry: true })).not.toThrow();
    expect(new Date(certificate.notBefore).toISOString()).toBe('2026-11-22T16:05:07.000Z');
    expect(new Date(certificate.notAfter).toISOString()).toBe('2036-11-19T16:05:07.000Z');
    expect(certificate).toMatchObject({
      ...{ isCa: false, keyAlgorithm: 'ecdsa', commonName: 'docker.io/alice/demo' },
      ...{ extendedKeyUsage: ['1.3.6.1.5.5.7.3.3'], hasUnknownCritical: false },
    });
  });

  it('a root certificate is PEM as Go writes it: read and written again it is the same', () => {
    const pem = make(generateEcdsaKey());
    expect(Buffer.from(encodeBundle(parseBundle(Buffer.from(pem)))).toString()).toBe(pem);
    expect(pem).not.toContain('\r');
  });

  it('a root certificate has its extensions in the order of Go, and an empty basicConstraints', () => {
    const [extensions] = fields(make(generateEcdsaKey())).at(-1)?.children() ?? [];
    const encoded = readSequence(extensions, 'extensions').map(({ raw }) => Buffer.from(raw).toString('hex'));
    expect(encoded).toEqual([
      '300e0603551d0f0101ff0404030205a0',
      '30130603551d25040c300a06082b06010505070303',
      '300c0603551d130101ff04023000',
    ]);
  });

  it.each([
    ['docker.io/alice/demo', derTag.printableString],
    ["a b'()+,-./:=?Z9", derTag.printableString],
    ['docker.io/alice/de_mo', derTag.utf8String],
    ['docker.io/alice@home', derTag.utf8String],
    ['a&b', derTag.utf8String],
    ['alice/*', derTag.utf8String],
    ['älice/démo', derTag.utf8String],
    ['😀', derTag.utf8String],
    [`long/${'x'.repeat(250)}`, derTag.printableString],
  ])('a root certificate names the GUN %s in full, in a string type that Go reads', (gun, tag) => {
    const pem = make(generateEcdsaKey(), gun);
    expect(leafOfBundle(Buffer.from(pem)).commonName).toBe(gun);
    const [name] = readSequence(fields(pem)[5], 'subject');
    const [, value] = readSequence(name?.children()[0], 'attribute');
    expect(value?.tag).toBe(tag);
  });

  it.each([
    ['2039-12-31T00:00:00Z', derTag.utcTime],
    ['2040-01-05T00:00:00Z', derTag.generalizedTime],
    ['2052-01-01T00:00:00Z', derTag.generalizedTime],
  ])('a root certificate made at %s writes its end as RFC 5280 wants it', (at, tag) => {
    const pem = make(generateEcdsaKey(), 'gun', new Date(at));
    const [, notAfter] = readSequence(fields(pem)[4], 'validity');
    expect(notAfter?.tag).toBe(tag);
    expect(leafOfBundle(Buffer.from(pem)).notAfter).toBe(Date.parse(at) + 3650 * 86_400_000);
  });

  it('a root certificate has a positive serial number of up to 128 bits, another one each time', () => {
    const random = seededRandom();
    const serials = Array.from({ length: 50 }, () => {
      const pem = createRootCertificate(generateEcdsaKey(), 'gun', now, random);
      return readInteger(fields(pem)[1], 'serial number');
    });
    expect(new Set(serials).size).toBe(50);
    expect(serials.every((serial) => serial > 2n ** 100n && serial < 2n ** 128n)).toBe(true);
  });

  it('a root certificate cannot be made for Ed25519, which Notary has no certificates for', () => {
    expect(() => make(privateKeyOf(ed25519.privateKey))).toThrow(TypeError);
    expect(() => make(privateKeyOf(generateKeyPairSync('ed25519').privateKey))).toThrow(/ed25519|kind/);
  });
});
