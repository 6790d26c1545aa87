import { beforeAll, describe, expect, it } from 'vitest';
import { createRootCertificate } from '../../src/crypto/certificate-issuance/signing-certificate.ts';
import { asListedKeyId } from '../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { keyId, type PublicKey } from '../../src/crypto/keys/public-key.ts';
import { certificateKey, type KeyAlgorithm } from '../../src/crypto/keys/verification-key.ts';
import type { Root } from '../../src/metadata/root.ts';
import { rootCertificates } from '../../src/trust-pinning/root-certificates.ts';
import { fixture } from '../support/fixture-files.ts';
import { basicConstraints, handMade, keyCertSign, utf8String } from '../support/hand-made-certificate.ts';
import { ed25519, goodSamples, type KeySample } from '../support/key-samples.ts';
import { seededRandom } from '../support/memory-ports.ts';
import { authorityExtensions, type IssuedCertificate, issue } from '../support/openssl-certificates.ts';

const gun = 'docker.io/alice/demo';
const now = new Date(Date.now() + 60_000);
const long = new Date('2001-01-01T00:00:00Z');

/** A root whose root role lists these entries, under their own IDs unless told. */
function rootOf(entries: readonly PublicKey[], ids = entries.map(keyId)): Root {
  return {
    ...{ version: 1, expires: '2049-01-01T00:00:00Z', consistentSnapshot: false },
    keys: new Map(entries.map((entry, at) => [ids[at] ?? asListedKeyId(''), entry])),
    roles: new Map([['root', { keyIds: ids, threshold: 1 }]]),
  };
}

const generated = (commonName = gun, at = now) =>
  createRootCertificate(generateEcdsaKey(), commonName, at, seededRandom(commonName));
const entryOf = (pem: string, algorithm: KeyAlgorithm = 'ecdsa') => certificateKey(algorithm, pem);
const qualifies = (pem: string, expiry = true, algorithm: KeyAlgorithm = 'ecdsa') => {
  const entry = entryOf(pem, algorithm);
  return [...rootCertificates(rootOf([entry]), gun, now, { expiry }).keys()].includes(keyId(entry));
};
const pemOf = (der: Uint8Array) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

describe('a certificate that can stand for the root key', () => {
  it('a certificate that Notary makes can stand for the root key', () => {
    const entry = entryOf(generated());
    const found = rootCertificates(rootOf([entry]), gun, now, { expiry: true });
    expect([...found.keys()]).toEqual([keyId(entry)]);
    expect(found.get(keyId(entry))).toMatchObject({
      key: entry,
      leaf: { commonName: gun },
      intermediates: [],
    });
  });

  it('the search for a certificate does not go on past a defect', () => {
    const defect = {
      keyType: 'ecdsa-x509',
      get value(): string {
        throw new TypeError('a defect');
      },
    };
    const id = asListedKeyId('id');
    const root = { ...rootOf([]), keys: new Map([[id, defect]]) };
    const asked = { ...root, roles: new Map([['root', { keyIds: [id], threshold: 1 }]]) };
    expect(() => rootCertificates(asked, gun, now, { expiry: true })).toThrow(TypeError);
  });

  it('a certificate that can stand for the root key is found among others that cannot', () => {
    const good = [entryOf(generated()), entryOf(generated('docker.io/*'))];
    const bad = [entryOf(generated('other')), goodSamples[1]?.entry, entryOf('junk')].filter(
      (one) => one !== undefined,
    );
    const found = rootCertificates(rootOf([...bad, ...good]), gun, now, { expiry: true });
    expect([...found.keys()]).toEqual(good.map(keyId));
  });

  it.each([
    [gun, true],
    ['docker.io/alice/*', true],
    ['docker.io/*', true],
    ['*', true],
    ['docker.io/alice/dem*', true],
    ['docker.io/alice/demo*', true],
    ['docker.io/alice/demo**', true],
    ['docker.io/alice/demos', false],
    ['docker.io/alice', false],
    ['docker.io/alice/', false],
    ['docker.io/Alice/demo', false],
    ['docker.io/alice/demo/*', false],
    ['docker.io/*/demo', false],
    ['*/demo', false],
    ['', false],
  ])('a certificate for the root key has a common name made for the GUN: %j', (commonName, verdict) => {
    expect(qualifies(generated(commonName))).toBe(verdict);
  });

  it('a certificate for the root key has the last common name made for the GUN when there are several, as in Go', () => {
    const key = generateEcdsaKey().object;
    const named = (...names: string[]) => pemOf(handMade({ key, names: names.map(utf8String) }));
    expect(qualifies(named('other', gun))).toBe(true);
    expect(qualifies(named(gun, 'other'))).toBe(false);
  });

  it('a CA cannot stand for the root key', () => {
    const key = generateEcdsaKey().object;
    const names = [utf8String(gun)];
    expect(qualifies(pemOf(handMade({ key, names })))).toBe(true);
    expect(qualifies(pemOf(handMade({ key, names, extensions: [basicConstraints()] })))).toBe(true);
    expect(
      qualifies(pemOf(handMade({ key, names, extensions: [basicConstraints(true), keyCertSign] }))),
    ).toBe(false);
  });

  it('a certificate for the root key is in date, unless the root is trusted already', () => {
    const old = generated(gun, long);
    expect(qualifies(old, true)).toBe(false);
    expect(qualifies(old, false)).toBe(true);
  });
});

describe('PEM in a root key', () => {
  const pem = generated();

  it.each([
    ['carriage returns', pem.replace(/\n/g, '\r\n')],
    ['no newline at the end', pem.trimEnd()],
    ['a second newline at the end', `${pem}\n`],
    ['a comment in front', `# Alice's key\n${pem}`],
    ['a comment behind', `${pem}# Alice's key\n`],
    ['lines of another length', pem.replace(/([A-Za-z0-9+/=]{64})\n/g, '$1')],
    ['headers', pem.replace('CERTIFICATE-----\n', 'CERTIFICATE-----\nrole: root\n\n')],
    ['blanks at the end of a line', pem.replace('\n', ' \n')],
  ])('PEM in a root key with %s has another ID than the listed one', (_, other) => {
    const listed = entryOf(other);
    const found = rootCertificates(rootOf([listed]), gun, now, { expiry: true });
    expect(keyId(listed)).not.toBe(keyId(entryOf(pem)));
    expect([...found.keys()]).toEqual([keyId(entryOf(pem))]);
  });

  it.each([
    ['nothing', ''],
    ['no PEM', 'hello'],
    ['a private key behind it', `${pem}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`],
    [
      'a broken certificate behind it',
      `${pem}-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n`,
    ],
  ])('PEM in a root key with %s holds no root certificate', (_, other) => {
    expect(rootCertificates(rootOf([entryOf(other)]), gun, now, { expiry: true }).size).toBe(0);
  });

  it('PEM in a root key that is no base64 holds no root certificate', () => {
    const entry = { keyType: 'ecdsa-x509', value: '!' };
    expect(rootCertificates(rootOf([entry]), gun, now, { expiry: true }).size).toBe(0);
  });
});

describe('the entry of a root key', () => {
  it('the entry of a root key under a type that is not its own has another ID than the listed one', () => {
    const value = Buffer.from(generated()).toString('base64');
    for (const keyType of ['ecdsa', 'rsa-x509', 'x509', '']) {
      const listed = { keyType, value };
      const found = rootCertificates(rootOf([listed]), gun, now, { expiry: true });
      expect([...found.keys()]).toEqual([keyId({ keyType: 'ecdsa-x509', value })]);
      expect(found.has(keyId(listed))).toBe(false);
    }
  });

  it('the entry of a root key is judged by its content, not by the ID it is listed under', () => {
    const entry = entryOf(generated());
    const found = rootCertificates(rootOf([entry], [asListedKeyId('another ID')]), gun, now, {
      expiry: true,
    });
    expect([...found.keys()]).toEqual([keyId(entry)]);
  });

  it('the entry of a root key without a key behind its ID is passed over', () => {
    const root = rootOf([]);
    const roles = new Map([['root', { keyIds: [asListedKeyId('missing')], threshold: 1 }]]);
    expect(rootCertificates({ ...root, roles }, gun, now, { expiry: true }).size).toBe(0);
  });

  it('the entry of a root key of Ed25519 gets a type that nothing verifies', () => {
    const pem = pemOf(fixtureDer('certs/ed25519.crt'));
    const [found] = rootCertificates(rootOf([entryOf(pem)]), 'ed25519', now, { expiry: true }).values();
    expect(found?.key.keyType).toBe('ed25519-x509');
    expect((ed25519 satisfies KeySample).entry.keyType).toBe('ed25519');
  });
});

const fixtureDer = (name: string) =>
  Buffer.from(
    fixture(name)
      .toString()
      .replace(/-----[^-]*-----|\s/g, ''),
    'base64',
  );

describe('a certificate that is too weak', () => {
  it.each(['sha1', 'rsa1024', 'inverted-dates'])(
    'the weak certificate %s cannot stand for a root key, nor could it have',
    (name) => {
      const pem = fixture(`certs/${name}.crt`).toString();
      for (const expiry of [true, false]) {
        const entry = entryOf(pem, 'rsa');
        expect(rootCertificates(rootOf([entry]), name, now, { expiry }).size).toBe(0);
      }
    },
  );

  it('a certificate on a curve that Notary lacks is not read at all, nor is what stands beside it', () => {
    const odd = fixture('certs/secp256k1.crt').toString();
    expect(rootCertificates(rootOf([entryOf(odd)]), 'secp256k1', now, { expiry: true }).size).toBe(0);
    expect(qualifies(generated() + odd)).toBe(false);
  });

  it('a certificate that is too weak may have a neighbour that is fine', () => {
    const entry = entryOf(fixture('certs/rsa2048.crt').toString(), 'rsa');
    expect(rootCertificates(rootOf([entry]), 'rsa2048', now, { expiry: true }).size).toBe(1);
  });
});

describe('a bundle in a root key', () => {
  let root: IssuedCertificate;
  let middle: IssuedCertificate;
  let leaf: IssuedCertificate;
  let other: IssuedCertificate;

  beforeAll(async () => {
    root = await issue({ name: 'root', extensions: authorityExtensions, days: 3000 });
    middle = await issue({ name: 'middle', issuer: root, extensions: authorityExtensions, days: 2000 });
    leaf = await issue({ name: gun, issuer: middle, days: 3000 });
    other = await issue({ name: gun, issuer: middle });
  });

  it('a bundle in a root key has one leaf, first, and CAs behind it', () => {
    const entry = entryOf(leaf.pem + middle.pem + root.pem);
    const found = rootCertificates(rootOf([entry]), gun, now, { expiry: true });
    expect([...found.keys()]).toEqual([keyId(entry)]);
    expect(found.get(keyId(entry))?.intermediates.map(({ commonName }) => commonName)).toEqual([
      'middle',
      'root',
    ]);
  });

  it.each([
    ['two leaves', () => leaf.pem + other.pem],
    ['two leaves and a CA', () => leaf.pem + middle.pem + other.pem],
    ['the leaf behind its CA', () => middle.pem + leaf.pem],
    ['no leaf', () => middle.pem + root.pem],
  ])('a bundle with %s stands for no root key', (_, pem) => {
    expect(rootCertificates(rootOf([entryOf(pem())]), gun, now, { expiry: true }).size).toBe(0);
  });

  it('a bundle in a root key with a CA that is out of date or weak loses it, and with it its listed ID', async () => {
    const entry = entryOf(leaf.pem + middle.pem);
    const later = new Date(now.getTime() + 2500 * 86_400_000);
    expect([...rootCertificates(rootOf([entry]), gun, later, { expiry: true }).keys()]).toEqual([
      keyId(entryOf(leaf.pem)),
    ]);
    expect([...rootCertificates(rootOf([entry]), gun, later, { expiry: false }).keys()]).toEqual([
      keyId(entry),
    ]);
    const weak = await issue({ name: 'weak', extensions: authorityExtensions, digest: 'sha1' });
    const bundle = entryOf(leaf.pem + weak.pem);
    expect([...rootCertificates(rootOf([bundle]), gun, now, { expiry: true }).keys()]).toEqual([
      keyId(entryOf(leaf.pem)),
    ]);
  });
});
