/**
 * Verification by an implementation other than the one that signs: what is about to be uploaded is
 * checked once more, so that a fault in one implementation cannot publish an unreadable collection.
 *
 * EC and Ed25519 by @noble/curves, with low s not required (half of all genuine signatures have a high
 * one) and SHA-256 for every curve; RSA and P-224, which it lacks, by node:crypto. Loaded by
 * commands that upload, never by those that read: it is far slower.
 */

import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { fromBase64 } from '../encoding/bytes.ts';
import { readBits, readDer, readSequence } from '../encoding/der.ts';
import { isNotaryError } from '../errors.ts';
import { barePublicKey, type UsableKey, usableKey } from './key-object.ts';
import type { PublicKey } from './public-key.ts';
import { verifySignature } from './verify.ts';

const curves: Readonly<Record<number, typeof p256>> = { 32: p256, 48: p384, 66: p521 };

/** As `verifySignature`, by the other implementation. */
export function verifySecondOpinion(
  key: PublicKey,
  method: string,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const usable = usableOrNone(key);
  if (usable === undefined) return false;
  if (usable.algorithm === 'ed25519') {
    return method === 'eddsa' && signature.length === 64 && verifyEd25519(key, message, signature);
  }
  const curve = usable.algorithm === 'ecdsa' ? curves[usable.coordinateLength] : undefined;
  if (curve === undefined) return verifySignature(key, method, message, signature);
  if (method !== 'ecdsa' || signature.length !== 2 * usable.coordinateLength) return false;
  const hash = createHash('sha256').update(message).digest();
  return curve.verify(signature, hash, point(barePublicKey(key)), { prehash: false, lowS: false });
}

/**
 * noble's equation is multiplied by the cofactor and so takes an R that is off by a point of small order,
 * which neither Go nor OpenSSL does.
 */
function verifyEd25519(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const raw = fromBase64(key.value) ?? new Uint8Array();
  return (
    ed25519.verify(signature, message, raw, { zip215: false }) &&
    ed25519.Point.fromBytes(signature.subarray(0, 32)).isTorsionFree()
  );
}

function usableOrNone(key: PublicKey): UsableKey | undefined {
  try {
    return usableKey(key);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/** The curve point inside SubjectPublicKeyInfo. */
function point(key: PublicKey): Uint8Array {
  const [, bits] = readSequence(readDer(fromBase64(key.value) ?? new Uint8Array()), 'public key');
  return readBits(bits, 'public key').bytes;
}
