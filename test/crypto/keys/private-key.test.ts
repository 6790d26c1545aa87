import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { describe, expect, test } from 'vitest';
import {
  ed25519KeyOf,
  generateEcdsaKey,
  type PrivateKey,
  privateKeyOf,
  sign,
} from '../../../src/crypto/keys/private-key.ts';
import { keyId } from '../../../src/crypto/keys/public-key.ts';
import { verifySignature } from '../../../src/crypto/signatures/verify.ts';
import { fromHex, utf8 } from '../../../src/encoding/bytes.ts';

const message = utf8('a message');
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey;
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;
const invalidKey: unknown = expect.objectContaining({ code: 'INVALID_KEY' });

describe('a private key', () => {
  test('a generated private key is on P-256 and named by the ID of its plain public key', () => {
    const key = generateEcdsaKey();
    expect(key.object.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(key.publicKey.keyType).toBe('ecdsa');
    expect(key.keyId).toBe(keyId(key.publicKey));
    expect(key.keyId).not.toBe(generateEcdsaKey().keyId);
  });

  test('a private key has the SubjectPublicKeyInfo of its uncompressed point as its public key', () => {
    const scalar = 'c477f9f65c22cce20657faa5b2d1d8122336f851a508a1ed04e479c34985bf96';
    const der = fromHex(`30310201010420${scalar}a00a06082a8648ce3d030107`);
    const key = privateKeyOf(createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'sec1' }));
    const point = Buffer.from(p256.getPublicKey(fromHex(scalar), false)).toString('hex');
    expect(Buffer.from(key.publicKey.value, 'base64').toString('hex')).toBe(
      `3059301306072a8648ce3d020106082a8648ce3d030107034200${point}`,
    );
  });

  test.each(['P-224', 'P-256', 'P-384', 'P-521'])(
    'a private key on %s signs raw r and s over SHA-256',
    (curve) => {
      const key = privateKeyOf(ec(curve));
      const { method, signature } = sign(key, message);
      expect(method).toBe('ecdsa');
      expect(signature).toHaveLength({ 'P-224': 56, 'P-256': 64, 'P-384': 96, 'P-521': 132 }[curve] ?? 0);
      expect(
        verify('sha256', message, { key: createPublicKey(key.object), dsaEncoding: 'ieee-p1363' }, signature),
      ).toBe(true);
      expect(verifySignature(key.publicKey, method, message, signature)).toBe(true);
    },
  );

  test('a private key of RSA signs PSS with SHA-256 and 32 bytes of salt', () => {
    const key = privateKeyOf(rsa(2048));
    const { method, signature } = sign(key, message);
    expect([key.publicKey.keyType, method]).toEqual(['rsa', 'rsapss']);
    expect(verifySignature(key.publicKey, method, message, signature)).toBe(true);
  });

  test('a private key of Ed25519 signs the message itself and has 32 raw bytes as its public key', () => {
    const key = privateKeyOf(generateKeyPairSync('ed25519').privateKey);
    expect(Buffer.from(key.publicKey.value, 'base64')).toHaveLength(32);
    const { method, signature } = sign(key, message);
    expect([key.publicKey.keyType, method]).toEqual(['ed25519', 'eddsa']);
    expect(verifySignature(key.publicKey, method, message, signature)).toBe(true);
  });

  test('a private key of RSA below 2048 bits is taken in, as Notary does', () => {
    expect(privateKeyOf(rsa(1024)).publicKey.keyType).toBe('rsa');
  });

  test('a private key too small for PSS with SHA-256 cannot sign', () => {
    expect(() => sign(privateKeyOf(rsa(512)), message)).toThrow(invalidKey);
  });

  test.each([
    ['secp256k1', () => ec('secp256k1')],
    ['RSA-PSS', () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey],
    ['X25519', () => generateKeyPairSync('x25519').privateKey],
    ['Ed448', () => generateKeyPairSync('ed448').privateKey],
  ])('a private key of the kind %s is refused', (_, make) => {
    expect(() => privateKeyOf(make())).toThrow(invalidKey);
  });

  test.each([
    ['zero', '00'.repeat(32)],
    ["the curve's order", 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'],
    ["more than the curve's order", 'ff'.repeat(32)],
  ])('a private key with a scalar of %s is refused', (_, scalar) => {
    const der = fromHex(`30310201010420${scalar}a00a06082a8648ce3d030107`);
    const object = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'sec1' });
    expect(() => privateKeyOf(object)).toThrow(invalidKey);
  });

  test('a private key with the public point of another key gets the point of its own scalar', () => {
    const [one, other] = [privateKeyOf(ec('P-256')), privateKeyOf(ec('P-256'))];
    const mixed = Buffer.concat([ec256Der(one).subarray(0, -65), ec256Der(other).subarray(-65)]);
    const read = privateKeyOf(createPrivateKey({ key: mixed, format: 'der', type: 'sec1' }));
    expect(read.keyId).toBe(one.keyId);
  });

  test('a private key with a compressed public point has the ID of the uncompressed one', () => {
    const key = privateKeyOf(ec('P-256'));
    const point = ec256Der(key).subarray(-65);
    const compressed = Buffer.concat([Buffer.from([2 + ((point[64] ?? 0) & 1)]), point.subarray(1, 33)]);
    const scalar = ec256Der(key).subarray(7, 39);
    const body = Buffer.concat([
      fromHex('0201010420'),
      scalar,
      fromHex('a00a06082a8648ce3d030107a124032200'),
      compressed,
    ]);
    const der = Buffer.concat([Buffer.from([0x30, body.length]), body]);
    const object = createPrivateKey({ key: der, format: 'der', type: 'sec1' });
    expect(createPublicKey(object).export({ format: 'der', type: 'spki' })).toHaveLength(59);
    expect(privateKeyOf(object).keyId).toBe(key.keyId);
  });
});

/** SEC1 DER with curve and point of a P-256 key; the point is at its end. */
function ec256Der(key: PrivateKey): Buffer {
  const spki = createPublicKey(key.object).export({ format: 'der', type: 'spki' });
  const { d = '' } = key.object.export({ format: 'jwk' });
  return Buffer.concat([
    fromHex('30770201010420'),
    Buffer.from(d, 'base64url'),
    fromHex('a00a06082a8648ce3d030107a144034200'),
    spki.subarray(-65),
  ]);
}

describe("Notary's Ed25519 form", () => {
  const seed = Buffer.alloc(32, 7);
  const pkcs8 = Buffer.concat([fromHex('302e020100300506032b657004220420'), seed]);
  const known = privateKeyOf(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
  const own = Buffer.from(known.publicKey.value, 'base64');

  test("Notary's Ed25519 form is public key, seed, and public key again", () => {
    expect(ed25519KeyOf(Buffer.concat([own, seed, own])).keyId).toBe(known.keyId);
  });

  test.each([
    ['another length', Buffer.concat([own, seed])],
    ['a foreign public key in front', Buffer.concat([Buffer.alloc(32, 1), seed, own])],
    ['a foreign public key at the end', Buffer.concat([own, seed, Buffer.alloc(32, 1)])],
  ])("Notary's Ed25519 form is refused with %s", (_, bytes) => {
    expect(() => ed25519KeyOf(bytes)).toThrow(invalidKey);
  });
});
