/** Opens private keys one after the other, to find out which passphrase opens which. Nothing is written. */

import { asCanonicalKeyId, type CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { compareUtf8 } from '../encoding/bytes.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { Log } from '../ports/log.ts';
import type { PassphraseRetriever } from '../ports/prompts.ts';
import type { KeyStorage } from '../ports/trust-dir.ts';
import type { KeyInfo } from './key-file.ts';
import { KeyStore } from './key-store.ts';
import { type ListedKey, listKeys } from './list-keys.ts';

/** A key file, and whether it can be used. */
export interface OpenedKey extends KeyInfo {
  /** Its passphrase is at hand, and the file holds the key that its name says. */
  readonly opens: boolean;
  /** Where the passphrase came from; undefined for a key that is not encrypted, and for one that does not open. */
  readonly source: string | undefined;
  /** Why it does not open. */
  readonly failure: NotaryError | undefined;
}

export interface OpeningPorts {
  readonly storage: KeyStorage;
  readonly retrieve: PassphraseRetriever;
  readonly log: Log;
}

/** What concerns one key. All else, such as a file of passphrases that cannot be used, ends the work. */
const ofOneKey = [
  ...(['KEY_NOT_FOUND', 'INVALID_KEY', 'PASSPHRASE_INVALID', 'ATTEMPTS_EXCEEDED'] as const),
  ...(['INPUT_NEEDED', 'PASSPHRASE_COMMAND_FAILED'] as const),
];

/**
 * Opens each key, in the order of `listKeys`; then come files that have the name of a key file and cannot be used.
 *
 * @param keyIds those to open; every one when there are none
 * @throws NotaryError KEY_NOT_FOUND for an ID that is not here; FILE_UNREADABLE, INTERRUPTED; what the retriever throws
 * that concerns more than one key
 */
export async function openKeys(
  { storage, retrieve, log }: OpeningPorts,
  keyIds: readonly CanonicalKeyId[],
): Promise<readonly OpenedKey[]> {
  let source: string | undefined;
  const noting: PassphraseRetriever = async (request) => {
    const answer = await retrieve(request);
    ({ source } = answer);
    return answer;
  };
  const store = new KeyStore(storage, noting, log);
  const opened: OpenedKey[] = [];
  for (const { keyId, role, gun } of await chosen(storage, store, keyIds)) {
    source = undefined;
    const failure = await failureOf(store, keyId);
    const opens = failure === undefined;
    opened.push({ ...{ keyId, role, gun, opens, failure }, source: opens ? source : undefined });
  }
  return opened;
}

async function chosen(
  storage: KeyStorage,
  store: KeyStore,
  keyIds: readonly CanonicalKeyId[],
): Promise<readonly KeyInfo[]> {
  const listed: readonly ListedKey[] = await listKeys(store);
  const known = new Set<string>(listed.map(({ keyId }) => keyId));
  const unusable = [...(await storage.list()), ...(await storage.unusable())]
    .map((name) => name.slice(name.lastIndexOf('/') + 1))
    .filter((name) => !known.has(name))
    .sort(compareUtf8);
  const all: readonly KeyInfo[] = [
    ...listed,
    ...[...new Set(unusable)].map((name) => ({ keyId: asCanonicalKeyId(name), role: '', gun: '' })),
  ];
  const absent = keyIds.find((id) => !all.some(({ keyId }) => keyId === id));
  if (absent !== undefined)
    throw new NotaryError('KEY_NOT_FOUND', `No key with ID ${absent} found`, { details: { key: absent } });
  return keyIds.length === 0 ? all : all.filter(({ keyId }) => keyIds.includes(keyId));
}

async function failureOf(store: KeyStore, keyId: CanonicalKeyId): Promise<NotaryError | undefined> {
  try {
    await store.get(keyId);
    return undefined;
  } catch (error) {
    if (isNotaryError(error, ...ofOneKey)) return error;
    throw error;
  }
}
