/** Stores the record of the last upload of one GUN in a file beside its metadata: `tuf/<GUN>/.upload.json`. */

import { join } from 'node:path';
import type { Gun } from '../../metadata/gun.ts';
import type { UploadJournal } from '../../ports/trust-dir.ts';
import { makeFolder, removeFile, writeAtomically } from './atomic-write.ts';
import { readRegularFile } from './read-file.ts';
import { collectionFolder } from './trust-dir.ts';

/** Opens the journal of a GUN. Nothing is created before something is written. */
export function openUploadJournal(trustDir: string, gun: Gun): UploadJournal {
  const folder = collectionFolder(trustDir, gun);
  const location = join(folder, '.upload.json');
  return {
    location,
    read: async () => readRegularFile(location, { followLinks: false })?.bytes,
    async write(bytes) {
      makeFolder(folder);
      writeAtomically(location, bytes);
    },
    remove: async () => removeFile(location),
  };
}
