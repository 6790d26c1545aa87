/** Caches the metadata of one GUN in files: `metadata/root.json`, `metadata/targets/releases.json`. */

import { dirname, join } from 'node:path';
import { NotaryError } from '../../errors.ts';
import type { Gun } from '../../metadata/gun.ts';
import { isBaseRole, isDelegation } from '../../metadata/role-name.ts';
import type { MetadataStore } from '../../ports/trust-dir.ts';
import { makeFolder, removeFile, writeAtomically } from './atomic-write.ts';
import { readRegularFile } from './read-file.ts';
import { firstSweep } from './temporary-files.ts';
import { metadataFolder } from './trust-dir.ts';

/** Opens the cache of a GUN. Nothing is created before something is written. */
export function openMetadataStore(trustDir: string, gun: Gun): MetadataStore {
  const folder = metadataFolder(trustDir, gun);
  const sweep = firstSweep();
  const location = (role: string) => join(folder, `${role}.json`);
  const pathOf = (role: string) => {
    if (isBaseRole(role) || isDelegation(role)) return location(role);
    throw new NotaryError(
      'INVALID_ROLE',
      `tuf: invalid role ${JSON.stringify(role)}. no metadata has such a name`,
    );
  };
  return {
    location,
    get: async (role) => readRegularFile(pathOf(role), { followLinks: true })?.bytes,
    async set(role, bytes) {
      const path = pathOf(role);
      makeFolder(dirname(path));
      sweep(dirname(path));
      writeAtomically(path, bytes);
    },
    remove: async (role) => removeFile(pathOf(role)),
  };
}
