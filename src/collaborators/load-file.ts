/** Loads the file with the names of collaborators: its entries, and the keys of the certificates that it names. */

import { asCanonicalKeyId, type CanonicalKeyId, isKeyIdInAnyCase } from '../crypto/keys/key-id.ts';
import { canonicalKeyId } from '../crypto/keys/verification-key.ts';
import { shellWord } from '../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { CollaboratorsStore } from '../ports/collaborators.ts';
import { keyOfFile } from './certificate-key.ts';
import { readDocument } from './collaborators-document.ts';
import {
  type CollaboratorsFile,
  checkedFile,
  invalidFile,
  type WrittenCollaborator,
  type WrittenKey,
} from './collaborators-file.ts';
import { normalName } from './name-rules.ts';

/** Is told of a certificate that cannot be read; then the names that do not depend on it can be used. */
export type OnUnread = (defect: NotaryError) => void;

/**
 * The content of the file; undefined where there is none and none was asked for. A name of which a key is missing would
 * stand for fewer keys than its owner has: such a name cannot be used.
 *
 * @param onUnread without it, a certificate that cannot be read refuses the whole file
 * @throws NotaryError COLLABORATORS_INVALID, also for a certificate that cannot be read; FILE_UNREADABLE
 */
export async function loadCollaborators(
  store: Pick<CollaboratorsStore, 'path' | 'named' | 'read' | 'certificate'>,
  onUnread?: OnUnread,
): Promise<CollaboratorsFile | undefined> {
  const bytes = await store.read();
  if (bytes === undefined && store.named) throw noFile(store.path);
  return bytes === undefined ? undefined : checkedBytes(store, bytes, onUnread);
}

/** As `loadCollaborators`, of bytes that are or will be the content of the file. */
export async function checkedBytes(
  store: Pick<CollaboratorsStore, 'path' | 'certificate'>,
  bytes: Uint8Array,
  onUnread?: OnUnread,
): Promise<CollaboratorsFile> {
  const { entries } = await readDocument(store.path, bytes);
  const { ids, unread } = await certificateIds(store, entries);
  for (const defect of unread.values()) {
    if (onUnread === undefined) throw defect;
    onUnread(defect);
  }
  const keyIdOf = ({ text }: WrittenKey) =>
    isKeyIdInAnyCase(text) ? asCanonicalKeyId(text.toLowerCase()) : ids.get(text);
  return checkedFile(store.path, entries, keyIdOf, unread);
}

async function certificateIds(
  store: Pick<CollaboratorsStore, 'path' | 'certificate'>,
  entries: readonly WrittenCollaborator[],
): Promise<{
  readonly ids: ReadonlyMap<string, CanonicalKeyId>;
  /** By the name of the entry. */
  readonly unread: ReadonlyMap<string, NotaryError>;
}> {
  const ids = new Map<string, CanonicalKeyId>();
  const unread = new Map<string, NotaryError>();
  for (const { name, keys } of entries) {
    for (const { text, at } of keys) {
      if (isKeyIdInAnyCase(text) || ids.has(text)) continue;
      try {
        ids.set(text, canonicalKeyId(keyOfFile(await store.certificate(text))));
      } catch (error) {
        if (!isNotaryError(error)) throw error;
        if (!unread.has(normalName(name)))
          unread.set(normalName(name), unusable(store.path, { name, text, at }, error));
      }
    }
  }
  return { ids, unread };
}

function unusable(
  path: string,
  { name, text, at }: WrittenKey & { readonly name: string },
  { message }: NotaryError,
): NotaryError {
  const invalid = invalidFile(
    path,
    at,
    `the certificate ${JSON.stringify(text)} of ${JSON.stringify(name)} cannot be used: ${message}`,
    { names: [name] },
  );
  return new NotaryError(invalid.code, invalid.message, {
    details: invalid.details,
    hint: `Restore the certificate, or run "tsnotary collaborator remove ${shellWord(name)}". Full key IDs work without it.`,
  });
}

function noFile(path: string): NotaryError {
  return new NotaryError('FILE_UNREADABLE', `there is no file of collaborators ${path}`, {
    details: { file: path, missing: true },
    hint: '"tsnotary collaborator add NAME CERT" makes it.',
  });
}
