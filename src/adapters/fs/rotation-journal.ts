/** Stores the records of begun key rotations of one GUN beside its metadata: `tuf/<GUN>/.rotate-<role>.json`. */

import { join } from 'node:path';
import { NotaryError } from '../../errors.ts';
import type { Gun } from '../../metadata/gun.ts';
import { isBaseRole } from '../../metadata/role-name.ts';
import type { RotationJournal } from '../../ports/trust-dir.ts';
import { makeFolder, removeFile, writeAtomically } from './atomic-write.ts';
import { readRegularFile } from './read-file.ts';
import { collectionFolder } from './trust-dir.ts';

/** Opens the journal of a GUN. Nothing is created before something is written; only key IDs ever are. */
export function openRotationJournal(trustDir: string, gun: Gun): RotationJournal {
  const folder = collectionFolder(trustDir, gun);
  const location = (role: string) => {
    if (isBaseRole(role)) return join(folder, `.rotate-${role}.json`);
    throw new NotaryError('INVALID_ROLE', `not a base role: ${JSON.stringify(role)}`);
  };
  return {
    location,
    read: async (role) => readRegularFile(location(role), { followLinks: false })?.bytes,
    async write(role, bytes) {
      makeFolder(folder);
      writeAtomically(location(role), bytes);
    },
    remove: async (role) => removeFile(location(role)),
  };
}
