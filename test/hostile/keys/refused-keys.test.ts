import {
  createPrivateKey,
  createPublicKey,
  ECDH,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRootCertificate } from '../../../src/crypto/certificate-issuance/signing-certificate.ts';
import { privateKeyOf } from '../../../src/crypto/keys/private-key.ts';
import { keyId, type PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { certificateKey, usableKey } from '../../../src/crypto/keys/verification-key.ts';
import { verifySignature } from '../../../src/crypto/signatures/verify.ts';
import { verifySecondOpinion } from '../../../src/crypto/signatures/verify-independently.ts';
import { isNotaryError } from '../../../src/errors.ts';
import { buildEnvelope, signedMessage } from '../../../src/metadata/signed.ts';
import { der } from '../../support/der.ts';
import { fixture } from '../../support/fixture-files.ts';
import { seededRandom } from '../../support/memory-ports.ts';
import { certifiedSigner, plainSigner } from '../../support/metadata-author.ts';
import { expectedRefusal, freshCollection, giveKeys, under, verdictOn } from './keyed-collection.ts';

/** A key entry and what signs for it, as a verifier that knows no better would accept it. */
interface Case {
  readonly name: string;
  readonly entry: PublicKey;
  readonly method: string;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const spki = (key: KeyObject): Buffer => createPublicKey(key).export({ format: 'der', type: 'spki' });
const nobody = (length: number) => (): Uint8Array => Buffer.alloc(length, 1);
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

const ecSign = (key: KeyObject) => (message: Uint8Array) =>
  sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
const pssSign = (key: KeyObject) => (message: Uint8Array) =>
  sign('sha256', message, { key, padding: 6, saltLength: 32 });

const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
const rsa = (modulusLength: number, publicExponent = 65537): KeyObject =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey;

const ecCase = (name: string, key: KeyObject, encoded: Uint8Array = spki(key), keyType = 'ecdsa'): Case => ({
  ...{ name, entry: { keyType, value: base64(encoded) }, method: 'ecdsa', sign: ecSign(key) },
});
const rsaCase = (name: string, key: KeyObject, encoded: Uint8Array = spki(key), keyType = 'rsa'): Case => ({
  ...{ name, entry: { keyType, value: base64(encoded) }, method: 'rsapss', sign: pssSign(key) },
});
const entryCase = (name: string, keyType: string, value: string, method: string, length = 64): Case => ({
  ...{ name, entry: { keyType, value }, method, sign: nobody(length) },
});

const p256 = ec('prime256v1');
const p256Spki = spki(p256);
const rsa2048 = rsa(2048);
const rsaSpki = spki(rsa2048);
const ed = generateKeyPairSync('ed25519').privateKey;

/** A public RSA key of any numbers, which nobody has to have made. */
const rsaNumbers = (modulus: Buffer, exponent: Buffer): Buffer => {
  const integer = (bytes: Buffer) =>
    der(0x02, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
  const oid = hex('300d06092a864886f70d0101010500');
  return der(0x30, oid, der(0x03, Buffer.of(0), der(0x30, integer(modulus), integer(exponent))));
};
const modulusOf = (bits: number): Buffer => Buffer.alloc(bits / 8, 0xc5);

const ecOid = hex('06072a8648ce3d0201');
const p256Oid = hex('06082a8648ce3d030107');
const point = p256Spki.subarray(26);
const ecSpki = (curve: Uint8Array, bytes: Uint8Array): Buffer =>
  der(0x30, der(0x30, ecOid, curve), der(0x03, Buffer.of(0), bytes));
const pointAs = (form: 'compressed' | 'hybrid') =>
  ecSpki(p256Oid, ECDH.convertKey(point, 'prime256v1', undefined, undefined, form) as Buffer);
const offCurve = Buffer.from(point);
offCurve.writeUInt8(offCurve.readUInt8(64) ^ 1, 64);

const otherEd = generateKeyPairSync('ed448').privateKey;
const rsaPss = createPrivateKey(fixture('keys/rsa-pss.pem'));

const edCase = (name: string, raw: Uint8Array): Case => ({
  name: `Ed25519: ${name}`,
  entry: { keyType: 'ed25519', value: base64(raw) },
  method: 'eddsa',
  // With a key of order 1 R = B and S = 1 are a signature of everything.
  sign: () => hex(`5866666666666666666666666666666666666666666666666666666666666666 01${'00'.repeat(31)}`),
});

const certificate = (key: KeyObject, keyType: string): PublicKey => ({
  ...certificateKey(
    'ecdsa',
    createRootCertificate(privateKeyOf(key), 'anybody', new Date('2026-01-01T00:00:00Z'), seededRandom()),
  ),
  keyType,
});

const refused: readonly Case[] = [
  ecCase('secp256k1', ec('secp256k1')),
  ecCase('P-192', ec('prime192v1')),
  ecCase('brainpoolP256r1', ec('brainpoolP256r1')),
  ecCase('a compressed point', p256, pointAs('compressed')),
  ecCase('a hybrid point', p256, pointAs('hybrid')),
  ecCase('a point that is not on the curve', p256, ecSpki(p256Oid, offCurve)),
  ecCase('the point at infinity', p256, ecSpki(p256Oid, Buffer.of(0))),
  ecCase('a point of zeros', p256, ecSpki(p256Oid, Buffer.concat([Buffer.of(4), Buffer.alloc(64)]))),
  ecCase('half a point', p256, ecSpki(p256Oid, point.subarray(0, 33))),
  ecCase('a point of P-256 said to be of P-384', p256, ecSpki(hex('06052b81040022'), point)),
  ecCase('a point of P-256 said to be of secp256k1', p256, ecSpki(hex('06052b8104000a'), point)),
  ecCase('no curve', p256, ecSpki(Buffer.alloc(0), point)),
  ecCase('null for a curve', p256, ecSpki(Buffer.of(5, 0), point)),
  ecCase('a curve and a null', p256, ecSpki(Buffer.concat([p256Oid, Buffer.of(5, 0)]), point)),
  ecCase('bytes behind the key', p256, Buffer.concat([p256Spki, Buffer.of(0)])),
  ecCase('a byte short', p256, p256Spki.subarray(0, -1)),
  ecCase('a length in long form', p256, Buffer.concat([hex('308159'), p256Spki.subarray(2)])),
  ecCase(
    'an unknown algorithm',
    p256,
    der(0x30, der(0x30, hex('06072a8648ce3d0207'), p256Oid), der(0x03, Buffer.of(0), point)),
  ),
  ecCase('the point alone', p256, point),
  ecCase('the type rsa', p256, p256Spki, 'rsa'),
  ecCase('the type ECDSA', p256, p256Spki, 'ECDSA'),
  ecCase('the type ec', p256, p256Spki, 'ec'),
  ecCase('no type', p256, p256Spki, ''),
  ecCase('a type with a null byte', p256, p256Spki, 'ecdsa\u007f'),
  ecCase('the type ecdsa-x509 without a certificate', p256, p256Spki, 'ecdsa-x509'),
  ecCase('a private key', p256, p256.export({ format: 'der', type: 'pkcs8' })),
  { ...ecCase('a certificate of an EC key called rsa', p256), entry: certificate(p256, 'rsa-x509') },
  { ...ecCase('a certificate without its suffix', p256), entry: certificate(p256, 'ecdsa') },
  { ...ecCase('a certificate twice over', p256), entry: certificate(p256, 'ecdsa-x509-x509') },
  {
    ...rsaCase('a certificate of an RSA key called ecdsa', rsa2048),
    entry: certificate(rsa2048, 'ecdsa-x509'),
  },
  rsaCase('RSA of 1024 bits', rsa(1024)),
  rsaCase('RSA of 2040 bits', rsa(2040)),
  rsaCase('RSA of 2047 bits', rsa(2047)),
  rsaCase('RSA of 8200 bits', rsa2048, rsaNumbers(modulusOf(8200), hex('010001'))),
  rsaCase('RSA of 16384 bits', rsa2048, rsaNumbers(modulusOf(16384), hex('010001'))),
  rsaCase('the exponent 1', rsa2048, rsaNumbers(modulusOf(2048), hex('01'))),
  rsaCase('the exponent 0', rsa2048, rsaNumbers(modulusOf(2048), hex('00'))),
  rsaCase('the exponent 2', rsa2048, rsaNumbers(modulusOf(2048), hex('02'))),
  rsaCase('the exponent 65536', rsa2048, rsaNumbers(modulusOf(2048), hex('010000'))),
  rsaCase('the exponent 2^31 + 11', rsa(2048, 2 ** 31 + 11)),
  rsaCase('an exponent of 2048 bits', rsa2048, rsaNumbers(modulusOf(2048), modulusOf(2048))),
  rsaCase('a negative exponent', rsa2048, Buffer.concat([rsaSpki.subarray(0, -3), hex('ff0001')])),
  rsaCase('a modulus of 0', rsa2048, rsaNumbers(Buffer.of(0), hex('010001'))),
  rsaCase('an even modulus, an odd exponent', rsa2048, rsaNumbers(Buffer.alloc(256, 0xc4), hex('010001'))),
  rsaCase('an even modulus', rsa2048, rsaNumbers(Buffer.alloc(256, 0xc4), hex('02'))),
  rsaCase(
    'a modulus with a zero in front',
    rsa2048,
    rsaNumbers(Buffer.concat([Buffer.of(0, 0), modulusOf(2048)]), hex('010001')),
  ),
  rsaCase('no null parameter', rsa2048, der(0x30, hex('300b06092a864886f70d010101'), rsaSpki.subarray(19))),
  rsaCase(
    'a list for the null parameter',
    rsa2048,
    der(0x30, hex('300d06092a864886f70d0101013000'), rsaSpki.subarray(19)),
  ),
  rsaCase('bytes behind the RSA key', rsa2048, Buffer.concat([rsaSpki, Buffer.of(0)])),
  rsaCase('PKCS #1', rsa2048, createPublicKey(rsa2048).export({ format: 'der', type: 'pkcs1' })),
  rsaCase('the type ecdsa for RSA', rsa2048, rsaSpki, 'ecdsa'),
  rsaCase('the type ed25519 for RSA', rsa2048, rsaSpki, 'ed25519'),
  { ...rsaCase('an RSA key for PSS only', rsaPss), sign: pssSign(rsaPss) },
  edCase('the identity', hex(`01${'00'.repeat(31)}`)),
  edCase('the identity, signed', hex(`01${'00'.repeat(30)}80`)),
  edCase('the identity, not reduced', hex(`ee${'ff'.repeat(30)}7f`)),
  edCase('order 2', hex(`ec${'ff'.repeat(30)}7f`)),
  edCase('order 4', hex('00'.repeat(32))),
  edCase('order 4, signed', hex(`${'00'.repeat(31)}80`)),
  edCase('order 8', hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')),
  edCase('order 8, signed', hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85')),
  edCase('another of order 8', hex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')),
  edCase('not reduced', hex(`f0${'ff'.repeat(30)}7f`)),
  edCase('no point at all', hex(`02${'00'.repeat(31)}`)),
  edCase('31 bytes', spki(ed).subarray(13)),
  edCase('33 bytes', Buffer.concat([spki(ed).subarray(12), Buffer.of(0)])),
  edCase('in SubjectPublicKeyInfo', spki(ed)),
  edCase('Ed448', spki(otherEd).subarray(-57)),
  entryCase('nothing', 'ecdsa', '', 'ecdsa'),
  entryCase('junk', 'ecdsa', base64(Buffer.from('no key')), 'ecdsa'),
  entryCase('no base64', 'ecdsa', '!!!!', 'ecdsa'),
  entryCase('a key with a blank', 'ecdsa', `${base64(p256Spki)} `, 'ecdsa'),
  entryCase('PEM', 'ecdsa', base64(fixture('keys/p256.pub.pem')), 'ecdsa'),
  entryCase('an unknown type', 'dsa', base64(p256Spki), 'ecdsa'),
  entryCase('the type __proto__', '__proto__', base64(p256Spki), 'ecdsa'),
  entryCase('the type constructor', 'constructor', base64(p256Spki), 'ecdsa'),
];

/** These are keys by their form; no signature fits them. */
const verifiesNothing = ['Ed25519: no point at all', 'an even modulus, an odd exponent'];

const message = Buffer.from('{"_type":"Timestamp"}');

describe('G10 keys that must not count', () => {
  it.each(refused.map((row) => [row.name, row] as const))(
    'the key is refused: %s',
    async (_, { entry, method, sign: signs }) => {
      const signature = signs(message);
      expect(verifySignature(entry, method, message, signature)).toBe(false);
      expect(verifySecondOpinion(entry, method, message, signature)).toBe(false);
      const collection = freshCollection();
      giveKeys(collection, 'timestamp', { keys: [{ id: keyId(entry), entry }], signedBy: [plainSigner()] });
      const content = collection.content('timestamp');
      const own = { keyId: keyId(entry), method, signature: signs(signedMessage(content)) };
      collection.files.set('timestamp', buildEnvelope(content, [own]).bytes);
      const { trusted, error, kept } = await verdictOn(collection, 'timestamp');
      expect(trusted).toBe(false);
      expect(error?.code).toBe('ROLE_THRESHOLD');
      expect(kept).toEqual(['root']);
    },
  );

  it.each(refused.map((row) => [row.name, row] as const))(
    'a refused key does not stand in the way of other keys: %s',
    async (_, { entry, method, sign: signs }) => {
      const collection = freshCollection();
      const good = plainSigner();
      giveKeys(collection, 'targets/a', { keys: [{ id: keyId(entry), entry }, good], signedBy: [good] });
      const content = collection.content('targets/a');
      const own = { keyId: keyId(entry), method, signature: signs(signedMessage(content)) };
      collection.files.set('targets/a', buildEnvelope(content, [own]).bytes);
      collection.settle();
      const alone = await verdictOn(collection, 'targets/a');
      expect(alone).toMatchObject({
        trusted: false,
        error: undefined,
        warnings: expectedRefusal('targets/a').warnings,
      });
      collection.seal('targets/a', [good]);
      collection.settle();
      expect(await verdictOn(collection, 'targets/a')).toMatchObject({ trusted: true, error: undefined });
    },
  );

  it('refused keys are named with the reason where they are asked for', () => {
    for (const { entry, name } of refused) {
      if (verifiesNothing.includes(name)) continue;
      let reason: unknown;
      try {
        usableKey(entry);
      } catch (error) {
        reason = error;
      }
      expect([
        name,
        isNotaryError(reason, 'INVALID_KEY', 'INVALID_KEY_TYPE', 'MALFORMED_PEM', 'MALFORMED_DER'),
      ]).toEqual([name, true]);
    }
  });
});

const ecAccepted = [
  ['P-224', 'secp224r1'],
  ['P-256', 'prime256v1'],
  ['P-384', 'secp384r1'],
  ['P-521', 'secp521r1'],
] as const;

const accepted: readonly Case[] = [
  ...ecAccepted.map(([name, curve]) => ecCase(name, ec(curve))),
  rsaCase('RSA of 2048 bits', rsa2048),
  {
    ...rsaCase('RSA of 2048 bits, PKCS #1', rsa2048),
    method: 'rsapkcs1v15',
    sign: (bytes) => sign('sha256', bytes, rsa2048),
  },
  rsaCase('RSA of 2049 bits', rsa(2049)),
  rsaCase('RSA of 3072 bits', rsa(3072)),
  rsaCase('RSA with the exponent 3', rsa(2048, 3)),
  rsaCase('RSA with the exponent 2^31 - 1', rsa(2048, 2 ** 31 - 1)),
  {
    name: 'Ed25519',
    entry: { keyType: 'ed25519', value: base64(spki(ed).subarray(12)) },
    method: 'eddsa',
    sign: (bytes) => sign(null, bytes, ed),
  },
  { ...ecCase('EC in a certificate', p256), entry: certificate(p256, 'ecdsa-x509') },
  { ...rsaCase('RSA in a certificate', rsa2048), entry: certificate(rsa2048, 'rsa-x509') },
];

describe('G10 keys that count', () => {
  it.each(accepted.map((row) => [row.name, row] as const))(
    'the key counts: %s',
    async (_, { entry, method, sign: signs }) => {
      const collection = freshCollection();
      giveKeys(collection, 'timestamp', { keys: [{ id: keyId(entry), entry }], signedBy: [plainSigner()] });
      const content = collection.content('timestamp');
      const own = { keyId: keyId(entry), method, signature: signs(signedMessage(content)) };
      collection.files.set('timestamp', buildEnvelope(content, [own]).bytes);
      expect(await verdictOn(collection, 'timestamp')).toMatchObject({ trusted: true, error: undefined });
      for (const other of ['ecdsa', 'rsapss', 'rsapkcs1v15', 'eddsa'].filter((name) => name !== method)) {
        collection.files.set('timestamp', buildEnvelope(content, [{ ...own, method: other }]).bytes);
        expect((await verdictOn(collection, 'timestamp')).error?.code).toBe('ROLE_THRESHOLD');
      }
    },
  );

  it('an RSA key of 8192 bits counts', () => {
    const entry = { keyType: 'rsa', value: base64(rsaNumbers(modulusOf(8192), hex('010001'))) };
    expect(usableKey(entry).signatureLength).toBe(1024);
  });
});

describe('G10 certificates in place of keys', () => {
  it('a certificate of another key vouches for no signature', async () => {
    const collection = freshCollection();
    const [mine, other] = [plainSigner(), plainSigner()];
    const entry = certificate(other.key.object, 'ecdsa-x509');
    giveKeys(collection, 'targets/a', { keys: [under(other, entry)], signedBy: [under(mine, entry)] });
    expect(await verdictOn(collection, 'targets/a')).toMatchObject({
      trusted: false,
      warnings: expectedRefusal('targets/a').warnings,
    });
    giveKeys(collection, 'targets/a', { keys: [under(other, entry)], signedBy: [under(other, entry)] });
    expect(await verdictOn(collection, 'targets/a')).toMatchObject({ trusted: true });
  });

  it.each([
    ['expired', '2001-01-01T00:00:00Z'],
    ['not valid yet', '2090-01-01T00:00:00Z'],
  ])('a certificate of a delegation that is %s still counts, as in Notary', async (_, from) => {
    const collection = freshCollection();
    const signer = certifiedSigner('anybody', new Date(from));
    giveKeys(collection, 'targets/a', { keys: [signer], signedBy: [signer] });
    expect(await verdictOn(collection, 'targets/a')).toMatchObject({ trusted: true, error: undefined });
  });

  it.each([
    ['expired', '2001-01-01T00:00:00Z'],
    ['not valid yet', '2090-01-01T00:00:00Z'],
  ])('a certificate of the root that is %s does not count', async (_, from) => {
    const collection = freshCollection();
    const signer = certifiedSigner('docker.io/alice/demo', new Date(from));
    giveKeys(collection, 'root', { keys: [signer], signedBy: [signer] });
    expect((await verdictOn(collection, 'root')).error?.code).toBe('ROOT_VALIDATION');
  });
});
