/** Reads and writes the file with the names of collaborators, and the certificates that it names. */

import { dirname, isAbsolute, join } from 'node:path';
import type { CollaboratorsStore } from '../../ports/collaborators.ts';
import type { Files } from '../../ports/files.ts';
import { openSharedFile } from './shared-file.ts';

/**
 * @param files reads and writes; a file that is replaced keeps its mode
 * @param path of the file, absolute
 * @param named the user or the configuration names it; the directory of any other is made with the file
 */
export function openCollaborators(
  files: Pick<Files, 'readRegular' | 'write'>,
  path: string,
  named: boolean,
): CollaboratorsStore {
  const folder = dirname(path);
  return {
    ...openSharedFile(files, path, named),
    certificate: (name) => files.readRegular(isAbsolute(name) ? name : join(folder, name)),
  };
}
