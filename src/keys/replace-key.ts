/** Decides whether a key file may take the place of one that has its name. */

import { readAnyPrivateKey } from '../crypto/key-files/import-private-key.ts';
import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import type { PrivateKey } from '../crypto/keys/private-key.ts';
import { type PemBlock, parsePem } from '../encoding/pem.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { PassphraseRetriever } from '../ports/prompts.ts';
import { hasGun, type KeyInfo, keyInfoOf } from './key-file.ts';
import { describe } from './key-owner.ts';
import { openWithPassphrase } from './passphrase-attempts.ts';

/** A key file to be. */
export interface KeyFile {
  /** The key ID, or what the file claims it to be. */
  readonly name: CanonicalKeyId;
  readonly pem: Uint8Array;
  /** The key itself, where it had to be opened: then the ID is certain. */
  readonly key: PrivateKey | undefined;
}

/**
 * A file gives way to the same key for the same role and GUN only. The new file has to prove that it holds the key:
 * a name is a claim, and what it replaces cannot be had back.
 *
 * @param retrieve asked for the passphrase of the new file, unless that has been opened already
 * @param present the file that is there, with other bytes
 * @returns KEY_EXISTS; undefined when it may be replaced
 */
export async function whyNotReplaced(
  retrieve: PassphraseRetriever,
  file: KeyFile,
  present: Uint8Array,
): Promise<NotaryError | undefined> {
  const { name } = file;
  const [there, ...moreThere] = parsePem(present);
  const [block, ...more] = parsePem(file.pem);
  if (block === undefined || more.length + moreThere.length > 0) {
    return exists(name, there, 'files of several keys are not replaced');
  }
  if (there !== undefined && !sameOwner(keyInfoOf(name, there), keyInfoOf(name, block))) {
    const { role, gun } = keyInfoOf(name, block);
    return exists(name, there, `it is not made one for ${describe(role, gun)}`);
  }
  const keyId = file.key?.keyId ?? (await idOf(retrieve, name, block));
  if (keyId === name) return undefined;
  const reason =
    keyId === undefined
      ? 'without the passphrase of the new file tsnotary cannot compare the two keys'
      : `the new file holds the key ${keyId}`;
  return exists(name, there, reason);
}

function sameOwner(one: KeyInfo, other: KeyInfo): boolean {
  return one.role === other.role && (!hasGun(one.role) || one.gun === other.gun);
}

/** The ID of the key in an encrypted block; undefined when it stays closed. */
async function idOf(
  retrieve: PassphraseRetriever,
  name: string,
  block: PemBlock,
): Promise<CanonicalKeyId | undefined> {
  const role = block.headers.get('role') ?? '';
  try {
    const open = (passphrase: string) => readAnyPrivateKey(block, passphrase).key;
    return (await openWithPassphrase(retrieve, name, role, open, true)).keyId;
  } catch (error) {
    if (isNotaryError(error, 'PASSPHRASE_INVALID', 'ATTEMPTS_EXCEEDED', 'INVALID_KEY')) return undefined;
    throw error;
  }
}

function exists(name: CanonicalKeyId, there: PemBlock | undefined, reason: string): NotaryError {
  const { role = '', gun = '' } = there === undefined ? {} : keyInfoOf(name, there);
  return new NotaryError(
    'KEY_EXISTS',
    `key ${name} is there already, for ${describe(role, gun)}, and has not been replaced: ${reason}`,
    {
      details: { key: name, role, ...(gun !== '' && { gun }) },
      hint: `To replace the key that is there, export it with "key export --key ${name}" and remove it with "key remove ${name}" first.`,
    },
  );
}
