/**
 * Computes the IDs of public keys as trust metadata names them.
 *
 * A key has two IDs: the TUF ID, over the key entry as it stands in metadata, and the canonical ID,
 * over the bare public key inside it. They differ for certificates only. Users see canonical IDs.
 */

import { createHash } from 'node:crypto';
import { canonicalJson } from '../../encoding/canonical-json.ts';
import { publicKeyToJson } from './key-entry.ts';
import { asListedKeyId, type ListedKeyId } from './key-id.ts';

/** `ecdsa`, `rsa`, `ed25519`, `ecdsa-x509`, `rsa-x509`, or a word we do not know. */
export type KeyType = string;

/** A key entry of metadata. */
export interface PublicKey {
  readonly keyType: KeyType;
  /** base64 of SubjectPublicKeyInfo DER, of 32 raw Ed25519 bytes, or of certificate PEM text for `-x509`. */
  readonly value: string;
}

const known = new WeakMap<PublicKey, ListedKeyId>();

/** The TUF ID of a key entry (Notary 0.7.0: SHA-256 of the canonical JSON with `private` null). */
export function keyId(key: PublicKey): ListedKeyId {
  let id = known.get(key);
  if (id === undefined) {
    id = asListedKeyId(
      createHash('sha256')
        .update(canonicalJson(publicKeyToJson(key)), 'utf8')
        .digest('hex'),
    );
    known.set(key, id);
  }
  return id;
}
