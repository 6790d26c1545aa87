/** Delegation files that this machine has published: `tuf/<GUN>/.published-<role>.json`, `.` for `/` in the role. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { NotaryError } from '../../errors.ts';
import type { Gun } from '../../metadata/gun.ts';
import { isDelegation } from '../../metadata/role-name.ts';
import type { MetadataStore } from '../../ports.ts';
import { errorCode } from '../system/file-errors.ts';
import { makeFolder, removeFile, writeAtomically } from './atomic-write.ts';
import { readRegularFile } from './read-file.ts';
import { collectionFolder } from './trust-dir.ts';

const ownName = /^\.published-[-a-z0-9_.]+\.json$/;

/** Opens the store of a GUN. Nothing is created before something is written. */
export function openPublishedFiles(trustDir: string, gun: Gun): MetadataStore {
  const folder = collectionFolder(trustDir, gun);
  const location = (role: string) => {
    if (isDelegation(role)) return join(folder, `.published-${role.replaceAll('/', '.')}.json`);
    throw new NotaryError('INVALID_ROLE', `not a delegation: ${JSON.stringify(role)}`);
  };
  return {
    location,
    get: async (role) => readRegularFile(location(role), { followLinks: false })?.bytes,
    async set(role, bytes) {
      makeFolder(folder);
      writeAtomically(location(role), bytes);
    },
  };
}

/** Removes the files of a GUN. @throws NotaryError FILE_UNWRITABLE */
export function removePublishedFiles(trustDir: string, gun: Gun): void {
  const folder = collectionFolder(trustDir, gun);
  for (const name of namesIn(folder)) if (ownName.test(name)) removeFile(join(folder, name));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return [];
    throw error;
  }
}
