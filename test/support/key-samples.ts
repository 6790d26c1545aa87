/** Keys of every kind, made once per process, and the entries that metadata has of them. */

import { createPublicKey, ECDH, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { der } from './der.ts';

export { der };

export interface KeySample {
  readonly name: string;
  readonly entry: PublicKey;
  readonly privateKey: KeyObject;
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** SubjectPublicKeyInfo DER of the public half. */
export const spkiOf = (key: KeyObject): Buffer =>
  (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });

export const ecEntry = (spki: Uint8Array): PublicKey => ({ keyType: 'ecdsa', value: base64(spki) });
export const rsaEntry = (spki: Uint8Array): PublicKey => ({ keyType: 'rsa', value: base64(spki) });
export const ed25519Entry = (raw: Uint8Array): PublicKey => ({ keyType: 'ed25519', value: base64(raw) });

function ecSample(name: string, namedCurve: string): KeySample {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve });
  return { name, privateKey, entry: ecEntry(spkiOf(privateKey)) };
}

function rsaSample(modulusLength: number): KeySample {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return { name: `RSA ${modulusLength}`, privateKey, entry: rsaEntry(spkiOf(privateKey)) };
}

function ed25519Sample(): KeySample {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { name: 'Ed25519', privateKey, entry: ed25519Entry(spkiOf(privateKey).subarray(12)) };
}

export const ecSamples: readonly KeySample[] = [
  ecSample('P-224', 'secp224r1'),
  ecSample('P-256', 'prime256v1'),
  ecSample('P-384', 'secp384r1'),
  ecSample('P-521', 'secp521r1'),
];
export const secp256k1 = ecSample('secp256k1', 'secp256k1');
export const rsa2048 = rsaSample(2048);
export const rsa3072 = rsaSample(3072);
export const rsa1024 = rsaSample(1024);
export const ed25519 = ed25519Sample();

/** One key of every kind that may sign. */
export const goodSamples: readonly KeySample[] = [...ecSamples, rsa2048, rsa3072, ed25519];

/** The same P-256 key with its point written in another way. */
export function otherPointForm(sample: KeySample, form: 'compressed' | 'hybrid'): Buffer {
  const spki = spkiOf(sample.privateKey);
  const point = ECDH.convertKey(spki.subarray(26), 'prime256v1', undefined, undefined, form) as Buffer;
  return der(0x30, spki.subarray(2, 23), der(0x03, Buffer.of(0), point));
}

/** An RSA public key of any modulus and exponent; nobody has its private half. */
export function rsaPublic(modulus: Buffer, exponent: Buffer): Buffer {
  const key = createPublicKey({
    key: { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') },
    format: 'jwk',
  });
  return spkiOf(key);
}
