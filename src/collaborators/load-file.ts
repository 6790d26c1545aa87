/** Loads the file with the names of collaborators: its entries, and the keys of the certificates that it names. */

import { asCanonicalKeyId, type CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { canonicalKeyId } from '../crypto/keys/verification-key.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { CollaboratorsStore } from '../ports/collaborators.ts';
import { keyOfFile } from './certificate-key.ts';
import { readDocument } from './collaborators-document.ts';
import {
  type CollaboratorsFile,
  checkedFile,
  invalidFile,
  isKeyId,
  type WrittenCollaborator,
} from './collaborators-file.ts';

/**
 * The content of the file; undefined where there is none and none was asked for. It holds in full or not at all: a name
 * of which a key is missing would stand for fewer keys than its owner has.
 *
 * @throws NotaryError COLLABORATORS_INVALID, also for a certificate that cannot be read; FILE_UNREADABLE
 */
export async function loadCollaborators(
  store: Pick<CollaboratorsStore, 'path' | 'named' | 'read' | 'certificate'>,
): Promise<CollaboratorsFile | undefined> {
  const bytes = await store.read();
  if (bytes === undefined && store.named) throw noFile(store.path);
  return bytes === undefined ? undefined : checkedBytes(store, bytes);
}

/** As `loadCollaborators`, of bytes that are or will be the content of the file. */
export async function checkedBytes(
  store: Pick<CollaboratorsStore, 'path' | 'certificate'>,
  bytes: Uint8Array,
): Promise<CollaboratorsFile> {
  const { entries } = await readDocument(store.path, bytes);
  const ids = await certificateIds(store, entries);
  return checkedFile(store.path, entries, ({ text, at }) => {
    const id = isKeyId(text) ? asCanonicalKeyId(text.toLowerCase()) : ids.get(text);
    if (id === undefined) throw invalidFile(store.path, at, `no key of ${JSON.stringify(text)} is known`);
    return id;
  });
}

async function certificateIds(
  store: Pick<CollaboratorsStore, 'path' | 'certificate'>,
  entries: readonly WrittenCollaborator[],
): Promise<ReadonlyMap<string, CanonicalKeyId>> {
  const ids = new Map<string, CanonicalKeyId>();
  for (const { keys } of entries) {
    for (const { text, at } of keys) {
      if (isKeyId(text) || ids.has(text)) continue;
      try {
        ids.set(text, canonicalKeyId(keyOfFile(await store.certificate(text))));
      } catch (error) {
        if (!isNotaryError(error)) throw error;
        throw invalidFile(
          store.path,
          at,
          `the certificate ${JSON.stringify(text)} cannot be used: ${error.message}`,
        );
      }
    }
  }
  return ids;
}

function noFile(path: string): NotaryError {
  return new NotaryError('FILE_UNREADABLE', `there is no file of collaborators ${path}`, {
    details: { file: path, missing: true },
    hint: '"tsnotary collaborator add NAME CERT" makes it.',
  });
}
