/** What a trust directory holds of one GUN, for removing it. */

import { rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Gun } from '../../metadata/gun.ts';
import { baseRoles } from '../../metadata/role-name.ts';
import type { LocalCollection } from '../../ports.ts';
import { fileError } from '../system/file-errors.ts';
import { openRotationJournal } from './rotation-journal.ts';
import { changelistFolder, collectionFolder, metadataFolder } from './trust-dir.ts';

/**
 * GUNs nest as folders do: below `a` may lie `a/b`. So only the two folders of the GUN itself and the
 * records of its begun rotations are removed, then the folders above them that are empty now.
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
