/** Removes a key by the ID that a user types. */

import { asCanonicalKeyId, type CanonicalKeyId, keyIdDigits } from '../crypto/keys/key-id.ts';
import { NotaryError } from '../errors.ts';
import type { KeyStore } from './key-store.ts';
import type { ListedKey } from './list-keys.ts';

/**
 * A key ID as an argument: nothing but its length is checked (Notary 0.7.0).
 *
 * @throws NotaryError USAGE
 */
export function parseKeyId(text: string): CanonicalKeyId {
  if (Buffer.byteLength(text) === keyIdDigits) return asCanonicalKeyId(text);
  throw new NotaryError('USAGE', `invalid key ID provided: ${text}`, {
    hint: 'Give a full key ID, at least 7 digits with which one begins, or the name of its collaborator; "tsnotary key list --names" shows them.',
  });
}

/**
 * What is known of a stored key. One in a subdirectory does not count: it is listed, but nothing else.
 *
 * @throws NotaryError KEY_NOT_FOUND
 */
export async function findListedKey(
  store: Pick<KeyStore, 'info' | 'location'>,
  keyId: CanonicalKeyId,
): Promise<ListedKey> {
  const info = await store.info(keyId);
  if (info !== undefined) return { ...info, location: store.location };
  throw new NotaryError('KEY_NOT_FOUND', `No key with ID ${keyId} found`, { details: { key: keyId } });
}
