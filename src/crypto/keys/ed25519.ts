/** Encodes Ed25519 keys (RFC 8032): 32 raw bytes behind a prefix that is always the same (RFC 8410). */

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @param raw 32 bytes of a point */
export function ed25519PublicObject(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' });
}

/** The 32 bytes of the point in SubjectPublicKeyInfo DER of an Ed25519 key. */
export function ed25519Point(spki: Uint8Array): Uint8Array {
  return spki.subarray(spkiPrefix.length);
}

/** @param seed 32 bytes */
export function ed25519PrivateObject(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
}

/** The 32 bytes that the private key is made of. */
export function ed25519Seed(object: KeyObject): Uint8Array {
  return object.export({ format: 'der', type: 'pkcs8' }).subarray(pkcs8Prefix.length);
}
