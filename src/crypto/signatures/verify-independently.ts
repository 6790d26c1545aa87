/**
 * Verifies by an implementation other than the one that signs: what is about to be uploaded is checked once more, so
 * that a fault in one implementation cannot publish an unreadable collection.
 *
 * EC and Ed25519 by @noble/curves, with low s not required (half of all genuine signatures have a high
 * one) and SHA-256 for every curve; RSA and P-224, which it lacks, by node:crypto. Loaded by
 * commands that upload, never by those that read: it is far slower.
 */

import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { equalBytes, fromBase64, toHex } from '../../encoding/bytes.ts';
import { readBits, readDer, readSequence } from '../../encoding/der/read.ts';
import { isNotaryError } from '../../errors.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { barePublicKey, type UsableKey, usableKey } from '../keys/verification-key.ts';
import { verifySignature } from './verify.ts';

/** By OpenSSL's names. */
const curves: Readonly<Record<string, typeof p256>> = { prime256v1: p256, secp384r1: p384, secp521r1: p521 };

/** As `verifySignature`, by the other implementation. */
export function verifySecondOpinion(
  key: PublicKey,
  method: string,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const usable = usableOrNone(key);
  if (signature.length !== usable?.signatureLength) return false;
  if (usable.algorithm === 'ed25519') return method === 'eddsa' && verifyEd25519(key, message, signature);
  const curve =
    usable.algorithm === 'ecdsa' ? curves[usable.object.asymmetricKeyDetails?.namedCurve ?? ''] : undefined;
  if (curve === undefined) return verifySignature(key, method, message, signature);
  if (method !== 'ecdsa') return false;
  const hash = createHash('sha256').update(message).digest();
  return curve.verify(signature, hash, point(barePublicKey(key)), { prehash: false, lowS: false });
}

/**
 * R = S*B - k*A, compared as bytes, as Go and OpenSSL do. noble's own check is multiplied by the cofactor
 * and so takes an R or a key that is off by a point of small order.
 */
function verifyEd25519(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const { Point } = ed25519;
  const raw = fromBase64(key.value) ?? new Uint8Array();
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= Point.Fn.ORDER) return false;
  let publicPoint: typeof Point.BASE;
  try {
    publicPoint = Point.fromBytes(raw);
  } catch {
    return false; // 32 bytes that are no point of the curve
  }
  const hash = createHash('sha512').update(r).update(raw).update(message).digest();
  const k = littleEndian(hash) % Point.Fn.ORDER;
  const expected = Point.BASE.multiplyUnsafe(s).subtract(publicPoint.multiplyUnsafe(k));
  return equalBytes(expected.toBytes(), r);
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(Buffer.from(bytes).reverse())}`);
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
