/** What a trust directory holds of one GUN, for removing it. */

import { lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Gun } from '../../metadata/gun.ts';
import { baseRoles } from '../../metadata/role-name.ts';
import type { LocalCollection } from '../../ports.ts';
import { fileError } from '../system/file-errors.ts';
import { openRotationJournal } from './rotation-journal.ts';
import { sweepTemporaryFiles } from './temporary-files.ts';
import { changelistFolder, collectionFolder, metadataFolder } from './trust-dir.ts';

/**
 * GUNs nest as folders do: below `a` may lie `a/b`, and even `a/metadata`. So only what the two folders
 * of the GUN itself hold and the records of its begun rotations are removed, then the folders that are
 * empty now.
 */
export function openLocalCollection(trustDir: string, gun: Gun): LocalCollection {
  return {
    remove: async () => {
      const journal = openRotationJournal(trustDir, gun);
      for (const role of baseRoles) await journal.remove(role);
      for (const folder of [changelistFolder(trustDir, gun), metadataFolder(trustDir, gun)]) {
        try {
          rmSync(folder, { recursive: true, force: true });
        } catch (error) {
          throw fileError('FILE_UNWRITABLE', 'remove', folder, error);
        }
      }
      sweepTemporaryFiles(collectionFolder(trustDir, gun));
      const top = join(trustDir, 'tuf');
      for (
        let folder = collectionFolder(trustDir, gun);
        folder.startsWith(top) && folder !== top;
        folder = dirname(folder)
      ) {
        try {
          rmdirSync(folder);
        } catch {
          // Not empty: another GUN lies below.
          return;
        }
      }
    },
  };
}

/**
 * Removes a folder with its files and one folder in it; other folders belong to GUNs that go on with its name.
 *
 * @throws NotaryError FILE_UNWRITABLE
 */
function removeOwn(folder: string, inner?: string): void {
  try {
    const found = lstatSync(folder, { throwIfNoEntry: false });
    if (found?.isDirectory() !== true) {
      rmSync(folder, { force: true });
      return;
    }
    const entries = readdirSync(folder, { withFileTypes: true });
    const others = entries.filter((entry) => entry.isDirectory() && entry.name !== inner);
    for (const entry of entries) {
      if (!others.includes(entry)) rmSync(join(folder, entry.name), { recursive: true, force: true });
    }
    if (others.length === 0) rmdirSync(folder);
  } catch (error) {
    throw fileError('FILE_UNWRITABLE', 'remove', folder, error);
  }
}
