import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificateName } from '../../../src/crypto/certificates/certificate-name.ts';
import {
  checkCertificate,
  checkStrength,
  passesCheck,
} from '../../../src/crypto/certificates/check-certificate.ts';
import {
  encodeBundle,
  leafOfBundle,
  parseBundle,
  parseCertificate,
} from '../../../src/crypto/certificates/x509.ts';
import { isNotaryError } from '../../../src/errors.ts';
import { repository, run } from '../../support/genuine/programs.ts';
import {
  basicConstraints,
  bmpString,
  handMade,
  oids,
  printableString,
  usages,
  utf8String,
} from '../../support/hand-made-certificate.ts';
import { der, ecSamples, type KeySample } from '../../support/key-samples.ts';
import { refusal } from '../../support/refusal.ts';

const folder = join(repository, 'fixtures/certs');
const pem = (name: string) => readFileSync(join(folder, `${name}.crt`));
const [p256] = ecSamples.filter(({ name }) => name === 'P-256') as [KeySample];
const key = p256.privateKey;
const now = new Date('2026-06-01T00:00:00Z');
const readable = readdirSync(folder)
  .filter((name) => name.endsWith('.crt') && name !== 'malformed.crt')
  .map((name) => name.slice(0, -4));

describe('a certificate made by OpenSSL', () => {
  it.each(readable)('the certificate %s is read as node:crypto reads it', (name) => {
    const [certificate] = parseBundle(pem(name));
    const other = new X509Certificate(pem(name));
    const spki = other.publicKey.export({ format: 'der', type: 'spki' });
    expect(certificate).toMatchObject({
      commonName: other.subject.replace('CN=', ''),
      isCa: other.ca,
      notBefore: Date.parse(other.validFrom),
      notAfter: Date.parse(other.validTo),
      extendedKeyUsage: other.keyUsage,
      hasUnknownCritical: false,
      constrainedKinds: [],
      alternativeKinds: [],
      rsaBits:
        other.publicKey.asymmetricKeyType === 'rsa' ? other.publicKey.asymmetricKeyDetails?.modulusLength : 0,
    });
    expect(Buffer.from(certificate?.der ?? []).equals(other.raw)).toBe(true);
    expect(Buffer.from(certificate?.spki ?? []).equals(spki)).toBe(true);
  });

  it.each([
    ['p224', 'ecdsa', '1.2.840.10045.4.3.2'],
    ['p384', 'ecdsa', '1.2.840.10045.4.3.3'],
    ['p521', 'ecdsa', '1.2.840.10045.4.3.4'],
    ['rsa2048', 'rsa', '1.2.840.113549.1.1.11'],
    ['sha1', 'rsa', '1.2.840.113549.1.1.5'],
    ['ed25519', 'ed25519', '1.3.101.112'],
    ['rsa-pss', '1.2.840.113549.1.1.10', '1.2.840.113549.1.1.11'],
  ])(
    'the certificate %s has a key of kind %s and is signed with %s',
    (name, keyAlgorithm, signatureAlgorithm) => {
      const found = leafOfBundle(pem(name));
      expect(found.keyAlgorithm).toBe(keyAlgorithm);
      if (name !== 'rsa-pss') expect(found.signatureAlgorithm).toBe(signatureAlgorithm);
    },
  );
});

describe('a certificate made by hand', () => {
  it.each([
    ['one name', [utf8String('first')], 'first'],
    ['no name', [], ''],
    ['two names, of which Go takes the last', [utf8String('first'), printableString('second')], 'second'],
    ['a BMPString', [bmpString('gün')], 'gün'],
    ['a PrintableString with a star', [printableString('docker.io/*')], 'docker.io/*'],
    ['UTF-8', [utf8String('docker.io/ünï')], 'docker.io/ünï'],
  ])('a certificate made by hand has the common name of %s', (_, names, commonName) => {
    expect(parseCertificate(handMade({ key, names })).commonName).toBe(commonName);
  });

  it('a certificate made by hand says what it restricts', () => {
    const plain = parseCertificate(handMade({ key, names: [] }));
    expect(plain).toMatchObject({ isCa: false, pathLength: undefined, extendedKeyUsage: undefined });
    const extensions = [
      basicConstraints(true, 3),
      usages(1, 3),
      {
        oid: oids.nameConstraints,
        critical: true,
        value: der(0x30, der(0xa0, der(0x30, der(0x82, Buffer.from('a.test'))))),
      },
      {
        oid: oids.alternativeNames,
        value: der(0x30, der(0x81, Buffer.from('b@a.test')), der(0xa4, der(0x30))),
      },
    ];
    expect(parseCertificate(handMade({ key, names: [], extensions }))).toMatchObject({
      ...{ isCa: true, pathLength: 3, extendedKeyUsage: ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.3'] },
      ...{ constrainedKinds: [2], alternativeKinds: [1], hasUnknownCritical: false },
    });
  });

  it.each([
    [true, true],
    [false, false],
    [undefined, false],
  ])(
    'a certificate made by hand with an unknown extension whose critical flag is %s is read for what it says',
    (critical, unknown) => {
      const extension = {
        oid: oids.policyConstraints,
        value: der(0x30),
        ...(critical !== undefined && { critical }),
      };
      expect(parseCertificate(handMade({ key, names: [], extensions: [extension] })).hasUnknownCritical).toBe(
        unknown,
      );
    },
  );

  it('a critical extension under the identifier of a common name is one that is not understood', () => {
    const extension = { oid: oids.commonName, critical: true, value: der(0x30) };
    expect(parseCertificate(handMade({ key, names: [], extensions: [extension] }))).toMatchObject({
      hasUnknownCritical: true,
    });
  });

  it('a certificate made by hand without the CA flag is no CA, whatever its path length', () => {
    const extensions = [basicConstraints(undefined, 1)];
    expect(parseCertificate(handMade({ key, names: [], extensions }))).toMatchObject({ isCa: false });
  });

  it('a certificate made by hand that has an extension twice is refused', () => {
    const extensions = [basicConstraints(true), basicConstraints()];
    expect(() => parseCertificate(handMade({ key, names: [], extensions }))).toThrow(
      refusal('MALFORMED_DER', /extension 2\.5\.29\.19 occurs twice/),
    );
  });

  it('a certificate made by hand that names another signature algorithm outside than inside is refused', () => {
    const certificate = handMade({ key, names: [], outerAlgorithm: oids.ecdsaWithSha1 });
    expect(() => parseCertificate(certificate)).toThrow(refusal('MALFORMED_DER', /two signature algorithms/));
  });
});

describe('damaged certificates', () => {
  const { der: whole } = leafOfBundle(pem('rsa2048'));

  it('damaged certificates that are cut short anywhere are refused', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseCertificate(whole.subarray(0, length))).toThrow(refusal('MALFORMED_DER'));
    }
  });

  it('damaged certificates with a byte behind are refused', () => {
    expect(() => parseCertificate(Buffer.concat([whole, Buffer.of(0)]))).toThrow(refusal('MALFORMED_DER'));
  });

  it('damaged certificates never make the reader fail with an untyped error', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const copy = Buffer.from(whole);
        copy.writeUInt8(byte, at);
        try {
          parseCertificate(copy);
        } catch (error) {
          expect(isNotaryError(error, 'MALFORMED_DER')).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('what a certificate must be to stand for a key', () => {
  const check = (name: string, at: Date, expiry: boolean) => () =>
    checkCertificate(leafOfBundle(pem(name)), at, { expiry });

  it.each(['p224', 'p256', 'p384', 'p521', 'rsa2048', 'rsa3072', 'authority', 'by-authority'])(
    'the certificate %s can stand for a key',
    (name) => {
      expect(check(name, now, true)).not.toThrow();
      expect(passesCheck(leafOfBundle(pem(name)), now, { expiry: true })).toBe(true);
    },
  );

  it.each([
    ['expired', 'certificate with CN expired is expired'],
    ['not-yet-valid', 'certificate with CN not-yet-valid is expired'],
    ['sha1', 'certificate with CN sha1 uses invalid SHA1 signature algorithm'],
    ['rsa1024', 'RSA bit length is too short'],
    ['inverted-dates', 'certificate validity window is invalid'],
  ])('the certificate %s cannot stand for a key', (name, message) => {
    expect(check(name, now, true)).toThrow(refusal('INVALID_CERTIFICATE', message));
    expect(passesCheck(leafOfBundle(pem(name)), now, { expiry: true })).toBe(false);
  });

  it('a certificate need not be in date to stand for a key where time does not matter', () => {
    expect(check('expired', now, false)).not.toThrow();
    expect(check('not-yet-valid', now, false)).not.toThrow();
    expect(() => checkStrength(leafOfBundle(pem('expired')))).not.toThrow();
    for (const name of ['sha1', 'rsa1024', 'inverted-dates']) {
      expect(check(name, now, false)).toThrow(refusal('INVALID_CERTIFICATE'));
      expect(() => checkStrength(leafOfBundle(pem(name)))).toThrow(refusal('INVALID_CERTIFICATE'));
    }
  });

  it('a certificate that stands for a key has a day of grace at its start and none at its end', () => {
    const from = new Date('2026-06-02T00:00:00Z');
    const to = new Date('2027-01-01T00:00:00Z');
    const certificate = parseCertificate(handMade({ key, names: [utf8String('gun')], from, to }));
    const at = (time: string) => passesCheck(certificate, new Date(time), { expiry: true });
    expect(at('2026-05-31T23:59:59.999Z')).toBe(false);
    expect(at('2026-06-01T00:00:00Z')).toBe(true);
    expect(at('2027-01-01T00:00:00Z')).toBe(true);
    expect(at('2027-01-01T00:00:00.001Z')).toBe(false);
  });

  it('a certificate that stands for a key is judged in the order of Notary: window, SHA-1, size, date', () => {
    const names = [utf8String('x')];
    const sha1 = { hash: 'sha1', algorithm: oids.ecdsaWithSha1 };
    const past = { from: new Date('2010-01-01T00:00:00Z'), to: new Date('2011-01-01T00:00:00Z') };
    const judged = (certificate: Buffer) => () =>
      checkCertificate(parseCertificate(certificate), now, { expiry: true });
    expect(judged(handMade({ key, names, ...sha1, from: past.to, to: past.from }))).toThrow(/window/);
    expect(judged(handMade({ key, names, ...sha1, ...past }))).toThrow(/SHA1/);
    expect(judged(handMade({ key, names, ...past }))).toThrow(/expired/);
  });
});

describe('a bundle of certificates', () => {
  it('a bundle of certificates is read in order', () => {
    expect(parseBundle(pem('chain')).map(({ commonName }) => commonName)).toEqual([
      'by-authority',
      'authority',
    ]);
  });

  it.each(['p256', 'rsa2048', 'chain', 'authority'])(
    'the bundle %s is written to the byte as it was read',
    (name) => {
      expect(Buffer.from(encodeBundle(parseBundle(pem(name)))).equals(pem(name))).toBe(true);
    },
  );

  it.each(['with-text', 'with-carriage-returns'])('the bundle %s is written in the one form', (name) => {
    const written = Buffer.from(encodeBundle(parseBundle(pem(name))));
    expect(written.equals(pem(name))).toBe(false);
    expect(written.equals(pem('p256'))).toBe(true);
  });

  it.each([
    ['without any block', 'hello', 'MALFORMED_PEM', 'no valid certificates found'],
    ['with nothing', '', 'MALFORMED_PEM', 'no valid certificates found'],
    [
      'with another block',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
      'MALFORMED_PEM',
      'invalid pem block type: PUBLIC KEY',
    ],
    [
      'with a block that is none',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      'MALFORMED_DER',
      /malformed DER/,
    ],
  ] as const)('the bundle %s is refused', (_, text, code, message) => {
    expect(() => parseBundle(Buffer.from(text))).toThrow(refusal(code, message));
  });

  it('a bundle of certificates with another block among its certificates is refused', () => {
    const mixed = `${pem('p256').toString()}-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n`;
    expect(() => parseBundle(Buffer.from(mixed))).toThrow(
      refusal('MALFORMED_PEM', 'invalid pem block type: PUBLIC KEY'),
    );
  });
});

describe('the name of a certificate in messages', () => {
  it('is its common name, else its subject, else what the caller knows', async () => {
    const named = parseCertificate(handMade({ key, names: [utf8String('alice')] }));
    expect(certificateName(named)).toBe('CN alice');
    const nameless = parseCertificate(handMade({ key, names: [] }));
    expect(certificateName(nameless)).toBe('no name');
    expect(certificateName(nameless, 'key ID 12ab')).toBe('key ID 12ab');
    const { stdoutBytes } = await run('openssl', [
      ...[
        'req',
        '-x509',
        '-key',
        join(repository, 'fixtures/keys/p256.pem'),
        '-outform',
        'DER',
        '-subj',
        '/O=Example/OU=Build',
      ],
    ]);
    expect(certificateName(parseCertificate(stdoutBytes))).toBe('subject O=Example, OU=Build');
  });
});
