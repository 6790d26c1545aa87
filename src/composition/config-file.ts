/** Opens the configuration file to be edited. */

import { openSharedFile } from '../adapters/fs/shared-file.ts';
import type { Files } from '../ports/files.ts';
import type { SharedFile } from '../ports/shared-file.ts';

/** @param file where it lies, absolute, and whether the user names it */
export function configFile(files: Files, { path, named }: Pick<SharedFile, 'path' | 'named'>): SharedFile {
  return openSharedFile(files, path, named);
}
