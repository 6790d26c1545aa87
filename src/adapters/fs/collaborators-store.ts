/** Reads and writes the file with the names of collaborators, and the certificates that it names. */

import { lstatSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { equalBytes } from '../../encoding/bytes.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { CollaboratorsStore } from '../../ports/collaborators.ts';
import type { Files } from '../../ports/files.ts';
import { makeFolder, removeEmptyFolders } from './atomic-write.ts';
import { withLockBeside } from './lock-beside.ts';

/** Others may read it: it holds nothing secret, and is meant to be shared. The umask may take from that. */
const everyone = 0o644;

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
      await files.write(path, bytes, everyone);
    },
    certificate: (name) => files.readRegular(isAbsolute(name) ? name : join(folder, name)),
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
