/** Changes the file with the names of collaborators: what is written has been read and checked as a whole. */

import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { didYouMean, nearNames } from '../encoding/near-names.ts';
import { type ErrorDetails, NotaryError } from '../errors.ts';
import type { CollaboratorsStore } from '../ports/collaborators.ts';
import { type CollaboratorsDocument, readDocument } from './collaborators-document.ts';
import type { Collaborator, CollaboratorsFile } from './collaborators-file.ts';
import { checkedBytes } from './load-file.ts';
import { nameDefect, normalName } from './name-rules.ts';

const empty = new Uint8Array();

/** A certificate that cannot be read is no reason to leave its entry in the file, nor to leave another out. */
const keepUnread = () => undefined;

/**
 * Applies one change and writes the file, if the change makes a difference and what comes of it is sound.
 *
 * @param change gets the text and what it says; throws to leave the file as it is
 * @returns what the file says now
 * @throws NotaryError COLLABORATORS_INVALID for the file as it is and as it would be, FILE_UNREADABLE, FILE_UNWRITABLE
 * when another process holds the file for too long, too
 */
export async function editCollaborators(
  store: CollaboratorsStore,
  change: (document: CollaboratorsDocument, file: CollaboratorsFile) => void,
): Promise<CollaboratorsFile> {
  return store.hold(async () => {
    const before = await store.read();
    const file = await checkedBytes(store, before ?? empty, keepUnread);
    const document = await readDocument(store.path, before ?? empty);
    const untouched = document.bytes();
    change(document, file);
    const after = document.bytes();
    if (Buffer.compare(untouched, after) === 0) return file;
    const changed = await checkedBytes(store, after, keepUnread);
    await store.replace(before, after);
    return changed;
  });
}

/**
 * Gives keys to a name, which is made when it is new. Keys that it has already are passed over. What is written is their
 * IDs: who can replace a certificate must not be able to replace whose key the name stands for.
 *
 * @throws NotaryError COLLABORATORS_INVALID for a key of another name and for what is no name, and as `editCollaborators`
 */
export async function addCollaborator(
  store: CollaboratorsStore,
  given: string,
  keyIds: readonly CanonicalKeyId[],
): Promise<readonly CanonicalKeyId[]> {
  return (await addCollaborators(store, new Map([[given, keyIds]]))).get(checkedName(given)) ?? [];
}

/**
 * As `addCollaborator` for several names, which the file gets in one change: all of them or none.
 *
 * @returns by name, the keys that it did not have
 */
export async function addCollaborators(
  store: CollaboratorsStore,
  given: ReadonlyMap<string, readonly CanonicalKeyId[]>,
): Promise<ReadonlyMap<string, readonly CanonicalKeyId[]>> {
  const wanted = [...given].map(([name, keyIds]) => [checkedName(name), keyIds] as const);
  const added = new Map<string, readonly CanonicalKeyId[]>();
  await editCollaborators(store, (document, file) => {
    for (const [name, keyIds] of wanted) {
      for (const keyId of keyIds) checkFree(file, keyId, name);
      const fresh = [...new Set(keyIds)].filter((keyId) => file.nameOf(keyId) === undefined);
      added.set(name, fresh);
      if (fresh.length > 0) document.addKeys(name, fresh);
    }
  });
  return added;
}

/**
 * Takes keys from a name, or the name from the file when no keys are given. A name without keys stays.
 *
 * @throws NotaryError COLLABORATOR_NOT_FOUND, KEY_NOT_FOUND for a key that is not the name's, and as `editCollaborators`
 */
export async function removeCollaborator(
  store: CollaboratorsStore,
  given: string,
  keyIds: readonly CanonicalKeyId[],
): Promise<readonly CanonicalKeyId[]> {
  const name = normalName(given);
  let removed: readonly CanonicalKeyId[] = [];
  await editCollaborators(store, (document, file) => {
    const { keys } = entryOf(file, name);
    const strange = keyIds.find((keyId) => !keys.some((key) => key.keyId === keyId));
    if (strange !== undefined)
      throw new NotaryError('KEY_NOT_FOUND', `${JSON.stringify(name)} has no key ${strange}`, {
        details: { collaborator: name, key: strange },
      });
    removed = keyIds.length === 0 ? keys.map(({ keyId }) => keyId) : keyIds;
    if (keyIds.length === 0) document.removeEntry(name);
    else document.removeKeys(name, writtenForms(document, file, name, keyIds));
  });
  return removed;
}

/** What the file has for the keys: the same key may stand there by its ID and by its certificate. */
function writtenForms(
  { entries }: CollaboratorsDocument,
  file: CollaboratorsFile,
  name: string,
  keyIds: readonly CanonicalKeyId[],
): ReadonlySet<string> {
  const texts = entries.find((entry) => normalName(entry.name) === name)?.keys ?? [];
  return new Set(texts.map(({ text }) => text).filter((text) => keyIds.some((id) => id === file.idOf(text))));
}

/** @throws NotaryError COLLABORATOR_NOT_FOUND, COLLABORATORS_INVALID for a name that is taken or none, and as `editCollaborators` */
export async function renameCollaborator(
  store: CollaboratorsStore,
  given: string,
  to: string,
): Promise<Collaborator> {
  const [name, next] = [normalName(given), checkedName(to)];
  const file = await editCollaborators(store, (document, before) => {
    entryOf(before, name);
    if (name !== next && before.collaborators.has(next))
      throw refused(
        `${JSON.stringify(name)} cannot become ${JSON.stringify(next)}: that name has an entry already`,
        {
          names: [name, next],
        },
      );
    document.rename(name, next);
  });
  return entryOf(file, next);
}

/** @throws NotaryError COLLABORATORS_INVALID */
function checkedName(given: string): string {
  const name = normalName(given);
  const defect = nameDefect(name);
  if (defect === undefined) return name;
  throw refused(`the name ${JSON.stringify(name)} ${defect}`, { names: [name] });
}

function entryOf(file: CollaboratorsFile, name: string): Collaborator {
  const entry = file.collaborators.get(name);
  if (entry !== undefined) return entry;
  const near = nearNames(name, file.collaborators.keys());
  throw new NotaryError('COLLABORATOR_NOT_FOUND', `${JSON.stringify(name)} is no name in ${file.path}`, {
    details: { collaborator: name, file: file.path },
    hint: `"tsnotary collaborator list" shows the names${didYouMean(near) || '.'}`,
  });
}

function checkFree(file: CollaboratorsFile, keyId: CanonicalKeyId, name: string): void {
  const owner = file.nameOf(keyId);
  if (owner === undefined || owner === name) return;
  const [one, other] = [owner, name].map((word) => JSON.stringify(word));
  throw refused(`the key ${keyId} is listed under ${one} and cannot be under ${other} as well`, {
    keyId,
    names: [owner, name],
  });
}

/** What would make the file one that cannot be used. */
function refused(message: string, details: ErrorDetails): NotaryError {
  return new NotaryError('COLLABORATORS_INVALID', message, { details, hint: 'Nothing was changed.' });
}
