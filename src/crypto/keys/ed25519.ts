/** Ed25519 keys from a seed (RFC 8032), so that the randomness is the caller's. */

import { createPrivateKey } from 'node:crypto';
import { type PrivateKey, privateKeyOf } from './private-key.ts';

/** PKCS#8 of an Ed25519 key up to its seed (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @param seed 32 random bytes */
export function ed25519FromSeed(seed: Uint8Array): PrivateKey {
  const key = Buffer.concat([pkcs8Prefix, seed]);
  return privateKeyOf(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
}
