/** Changes the passphrase of a stored key. */

import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { isNotaryError, rephrased } from '../errors.ts';
import type { FoundKey, KeyStore } from './key-store.ts';

/**
 * Opens a key with its old passphrase and writes it anew with another one. Role and GUN stay; an old
 * encoding becomes PKCS#8. The file holds the old form or the new one at every moment.
 *
 * @param from where the key is opened
 * @param to the same keys with a retriever of its own, which has not heard the old passphrase
 * @throws NotaryError KEY_NOT_FOUND, PASSPHRASE_INVALID, and INVALID_KEY or FILE_UNREADABLE for a file that cannot be
 * used, all in the same words (Notary 0.7.0); ATTEMPTS_EXCEEDED, FILE_UNWRITABLE
 */
export async function changePassphrase(from: KeyStore, to: KeyStore, keyId: CanonicalKeyId): Promise<void> {
  const { key, role } = await find(from, keyId);
  const info = await from.info(keyId);
  await to.add(key, role, info?.gun ?? '');
}

async function find(store: KeyStore, keyId: CanonicalKeyId): Promise<FoundKey> {
  try {
    return await store.get(keyId);
  } catch (cause) {
    if (!isNotaryError(cause, 'KEY_NOT_FOUND', 'PASSPHRASE_INVALID', 'ATTEMPTS_EXCEEDED')) throw cause;
    const unreadable = isNotaryError(cause, 'KEY_NOT_FOUND') ? cause.details.unreadable : undefined;
    throw rephrased(cause, () => `could not retrieve local key for key ID provided: ${keyId}`, {
      code: unreadable ?? cause.code,
      details: { key: keyId },
    });
  }
}
