/** Key files that the user brings along: `init --rootkey`, `key rotate -k`. */

import { isLegacyEncrypted } from '../crypto/legacy-pem.ts';
import type { PrivateKey } from '../crypto/private-key.ts';
import { isEncrypted, readPrivateKey } from '../crypto/private-key-pem.ts';
import { parsePem } from '../encoding/pem.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { PassphraseRetriever } from '../ports.ts';
import { openWithPassphrase } from './passphrase-attempts.ts';

/** Something that takes keys in, with passphrases of its own. */
export interface KeyAdder {
  /**
   * Stores a key. One that is there already stays as it is.
   *
   * @throws NotaryError KEY_EXISTS when it is there under another role; ATTEMPTS_EXCEEDED, FILE_UNWRITABLE
   */
  add(key: PrivateKey, role: string, gun: string): Promise<void>;
}

/**
 * The key in the first PEM block of a file. A root key must be encrypted; whatever the role, an
 * encrypted key is opened with the passphrase of the root role and no key ID is shown (Notary 0.7.0).
 *
 * @throws NotaryError INVALID_KEY, PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED
 */
export async function openKeyFile(
  pem: Uint8Array,
  role: string,
  retrieve: PassphraseRetriever,
): Promise<PrivateKey> {
  const block = parsePem(pem)[0];
  if (block === undefined) throw new NotaryError('INVALID_KEY', 'no valid private key found');
  if (block.type !== 'ENCRYPTED PRIVATE KEY' && !isLegacyEncrypted(block)) {
    if (role === 'root') throw new NotaryError('INVALID_KEY', 'only encrypted root keys may be imported');
    return readPrivateKey(block);
  }
  if (!isEncrypted(block)) throw new NotaryError('INVALID_KEY', 'the encrypted private key is malformed');
  return openWithPassphrase(retrieve, '', 'root', (passphrase) => readPrivateKey(block, passphrase));
}

/**
 * Stores a key from a file under a role.
 *
 * @throws NotaryError as `KeyAdder.add` does, worded `Error importing key: …`
 */
export async function addKeyFromFile(
  to: KeyAdder,
  key: PrivateKey,
  role: string,
  gun: string,
): Promise<void> {
  try {
    await to.add(key, role, gun);
  } catch (cause) {
    if (!isNotaryError(cause)) throw cause;
    const { code, message, details, hint } = cause;
    throw new NotaryError(code, `Error importing key: ${message}`, { details, ...(hint && { hint }), cause });
  }
}
