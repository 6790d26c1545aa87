/** Ed25519 key pairs (RFC 8032), made from a seed so that the randomness is the caller's. */

import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { toBase64 } from '../encoding/bytes.ts';
import type { PublicKey } from './public-key.ts';

/** PKCS#8 of an Ed25519 key up to its seed (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface Ed25519KeyPair {
  readonly publicKey: PublicKey;
  /** PKCS#8 DER. */
  readonly privateKey: Uint8Array;
}

/** @param seed 32 random bytes */
export function ed25519KeyPair(seed: Uint8Array): Ed25519KeyPair {
  const privateKey = Buffer.concat([pkcs8Prefix, seed]);
  const object = createPublicKey(createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }));
  const raw = object.export({ format: 'der', type: 'spki' }).subarray(-32);
  return { publicKey: { keyType: 'ed25519', value: toBase64(raw) }, privateKey };
}

/** The 64 bytes of a signature over the message. */
export function signEd25519(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  return sign(null, message, { key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
}
