/** Reads and replaces a file that people and other programs edit, too. */

import { lstatSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { equalBytes } from '../../encoding/bytes.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { Files } from '../../ports/files.ts';
import type { SharedFile } from '../../ports/shared-file.ts';
import { makeFolder, removeEmptyFolders } from './atomic-write.ts';
import { withLockBeside } from './lock-beside.ts';

/** Others may read it: it holds nothing secret, and is meant to be shared. The umask may take from that. */
const everyone = 0o644;

/**
 * @param files reads and writes; a file that is replaced keeps its mode
 * @param path of the file, absolute
 * @param named the user or the configuration names it; the directory of any other is made with the file
 */
export function openSharedFile(
  files: Pick<Files, 'readRegular' | 'write'>,
  path: string,
  named: boolean,
): SharedFile {
  const folder = dirname(path);
  const read = async (): Promise<Uint8Array | undefined> => {
    try {
      return await files.readRegular(path);
    } catch (error) {
      const isMissing = isNotaryError(error, 'FILE_UNREADABLE') && error.details.missing === true;
      // A link that leads nowhere has been made for a file that ought to be there.
      if (isMissing && lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
      throw error;
    }
  };
  return {
    path,
    named,
    read,
    async replace(expected, bytes) {
      const there = await read();
      if (!sameBytes(there, expected))
        throw new NotaryError('FILE_UNWRITABLE', `${path} has been changed meanwhile, and is left as it is`, {
          details: { file: path },
          hint: 'Run the command again.',
        });
      if (!named) makeFolder(folder);
      // What a link leads to is replaced in one step, and the link stays.
      await files.write(there === undefined ? path : realpathSync(path), bytes, everyone);
    },
    async hold(work) {
      const made = named ? [] : makeFolder(folder);
      try {
        return await withLockBeside(path, work);
      } finally {
        removeEmptyFolders(made);
      }
    },
  };
}

function sameBytes(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return equalBytes(one, other);
}
