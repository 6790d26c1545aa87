/** Deletes what a trust directory holds of one GUN. */

import { type Dirent, lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isNotaryError } from '../../errors.ts';
import { errorCode } from '../../go/errno.ts';
import type { Gun } from '../../metadata/gun.ts';
import { baseRoles } from '../../metadata/role-name.ts';
import type { LocalRepository } from '../../ports/trust-dir.ts';
import { fileError } from '../system/file-errors.ts';
import { removeFile } from './atomic-write.ts';
import { openRotationJournal } from './rotation-journal.ts';
import { sweepTemporaryFiles } from './temporary-files.ts';
import { changelistFolder, collectionFolder, metadataFolder } from './trust-dir.ts';
import { openUploadJournal } from './upload-journal.ts';

/**
 * GUNs nest as directories do: below `a` may lie `a/b`, and even `a/metadata`. So only what belongs to the GUN
 * itself is removed, the records of begun rotations and of the last upload included, then the directories above it
 * that are empty now.
 */
export function openLocalCollection(trustDir: string, gun: Gun): LocalRepository {
  const folder = collectionFolder(trustDir, gun);
  return {
    remove: async () => {
      const journal = openRotationJournal(trustDir, gun);
      for (const role of baseRoles) await journal.remove(role);
      await openUploadJournal(trustDir, gun).remove();
      removeFrom(changelistFolder(trustDir, gun), /\.change$/);
      removeFrom(metadataFolder(trustDir, gun), /^targets$|\.json$/);
      sweepTemporaryFiles(folder);
      removeEmptyFolders(folder, join(trustDir, 'tuf'));
    },
    removeFolders: async () => {
      for (const part of [changelistFolder(trustDir, gun), metadataFolder(trustDir, gun)])
        removeIfEmpty(part);
      removeEmptyFolders(folder, join(trustDir, 'tuf'));
    },
  };
}

/**
 * Removes all files in a directory and the subdirectories that have such a name; subdirectories of other names are
 * parts of other GUNs. Then the directory, if nothing is left in it. None is no error.
 *
 * @throws NotaryError FILE_UNWRITABLE naming what cannot be removed
 */
function removeFrom(folder: string, ownFolders: RegExp): void {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !ownFolders.test(entry.name)) continue;
    try {
      rmSync(path, { recursive: true, force: true });
    } catch (cause) {
      throw fileError('FILE_UNWRITABLE', 'remove', path, cause);
    }
  }
  removeIfEmpty(folder);
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    const stats = lstatSync(folder, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) return readdirSync(folder, { withFileTypes: true });
    // A link is removed; the file that it leads to is not part of the trust directory.
    if (stats !== undefined) removeFile(folder);
    return [];
  } catch (cause) {
    if (isNotaryError(cause)) throw cause;
    throw fileError('FILE_UNWRITABLE', 'open', folder, cause);
  }
}

function removeEmptyFolders(lowest: string, top: string): void {
  let folder = lowest;
  while (folder.startsWith(top) && folder !== top && removeIfEmpty(folder)) folder = dirname(folder);
}

/** True when the directory is gone now; another GUN may lie below it. */
function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (cause) {
    return errorCode(cause) === 'ENOENT';
  }
}
