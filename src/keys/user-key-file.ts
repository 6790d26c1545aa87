/** Reads key files that the user names: `init --rootkey`, `key rotate -k`. */

import { isPkcs12, type Kind, kindInPlaceOfKey, kindOfFile } from '../crypto/key-files/foreign-blocks.ts';
import { readAnyPrivateKey, takesPassphrase } from '../crypto/key-files/import-private-key.ts';
import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import type { PrivateKey } from '../crypto/keys/private-key.ts';
import { isNotaryError, NotaryError, rephrased } from '../errors.ts';
import type { PassphraseRetriever } from '../ports/prompts.ts';
import { blocksOfKeyFile } from './key-file-blocks.ts';
import { openWithPassphrase } from './passphrase-attempts.ts';

/** Something that takes keys in, with passphrases of its own. */
export interface KeyAdder {
  /**
   * Stores a key. One that is there already stays as it is.
   *
   * @returns true when it was stored, false when it was there
   * @throws NotaryError KEY_EXISTS when it is there for another role or GUN; ATTEMPTS_EXCEEDED, FILE_UNWRITABLE
   */
  add(key: PrivateKey, role: string, gun: string): Promise<boolean>;
  /** @throws NotaryError KEY_EXISTS when it is there for another role */
  checkAddable(keyId: CanonicalKeyId, role: string): Promise<void>;
}

/**
 * The first private key in a file of any program: PEM, or DER. A root key must be encrypted; whatever
 * the role, an encrypted key is opened with the passphrase of the root role and no key ID is shown
 * (Notary 0.7.0, which takes the first PEM block and fewer encodings).
 *
 * @throws NotaryError INVALID_KEY, PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED
 */
export async function openKeyFile(
  file: Uint8Array,
  role: string,
  retrieve: PassphraseRetriever,
): Promise<PrivateKey> {
  const { blocks } = await blocksOfKeyFile(file, 'root', retrieve);
  const keys = blocks.filter(({ type }) => type.endsWith('PRIVATE KEY'));
  if (keys.length > 1) throw severalKeys(keys.length);
  const block = keys[0] ?? blocks[0];
  if (block === undefined) throw noKey(kindOfFile(file));
  const kind = kindInPlaceOfKey(block.type);
  if (kind !== undefined) throw noKey(kind);
  if (takesPassphrase(block)) {
    return openWithPassphrase(retrieve, '', 'root', (passphrase) => readAnyPrivateKey(block, passphrase).key);
  }
  if (block.type === 'ENCRYPTED PRIVATE KEY') {
    throw new NotaryError('INVALID_KEY', 'the encrypted private key is malformed');
  }
  // What was in PKCS#12 was encrypted as a whole.
  if (role === 'root' && !isPkcs12(file))
    throw new NotaryError('INVALID_KEY', 'only encrypted root keys may be imported');
  return readAnyPrivateKey(block).key;
}

/** Notary 0.7.0 takes the first: the others would be left out without a word. */
function severalKeys(count: number): NotaryError {
  return new NotaryError('INVALID_KEY', `the file holds ${count} private keys`, {
    hint: 'Give each a file of its own, so that it is clear which one is meant.',
  });
}

function noKey({ what, advice }: Kind): NotaryError {
  return new NotaryError('INVALID_KEY', 'no valid private key found', {
    hint: `The file is ${what}.${advice === undefined ? '' : ` ${advice}`}`,
  });
}

/**
 * Stores a key from a file under a role.
 *
 * @returns true when it was stored, false when it was there
 * @throws NotaryError as `KeyAdder.add` does, worded `Error importing key: …`
 */
export async function addKeyFromFile(
  to: KeyAdder,
  key: PrivateKey,
  role: string,
  gun: string,
): Promise<boolean> {
  return asImport(() => to.add(key, role, gun));
}

/** Makes sure that `addKeyFromFile` will not find the key there for another role. @throws NotaryError KEY_EXISTS */
export async function checkKeyFromFile(to: KeyAdder, { keyId }: PrivateKey, role: string): Promise<void> {
  await asImport(() => to.checkAddable(keyId, role));
}

async function asImport<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!isNotaryError(cause)) throw cause;
    throw rephrased(cause, (message) => `Error importing key: ${message}`);
  }
}
