/**
 * Staged changes in files named by the time of staging: `changelist/<nanoseconds>_<uuid>.change`.
 *
 * Notary 0.7.0 takes every file in this folder for a change, so nothing else is ever put there, not
 * even for a moment.
 */

import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compareUtf8 } from '../../encoding/bytes.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { Gun } from '../../metadata/gun.ts';
import type { ChangelistStore, Clock, Log, StoredChange } from '../../ports.ts';
import { errorCode, fileError } from '../system/file-errors.ts';
import { makeFolder, removeFiles, writeAtomically } from './atomic-write.ts';
import { readRegularFile } from './read-file.ts';
import { firstSweep } from './temporary-files.ts';
import { changelistFolder, collectionFolder } from './trust-dir.ts';

const extension = '.change';

/**
 * Opens the changelist of a GUN.
 *
 * @param uuid gives random UUIDs of version 4, which keep apart what two processes stage at one time
 */
export function openChangelist(
  trustDir: string,
  gun: Gun,
  clock: Pick<Clock, 'unixNano'>,
  uuid: () => string,
  log: Log,
): ChangelistStore {
  const location = changelistFolder(trustDir, gun);
  const waiting = collectionFolder(trustDir, gun);
  const sweep = firstSweep();
  return {
    location,
    list: async () => changeFiles(location, log).map((file) => readChange(location, file, log)),
    async add(bytes) {
      makeFolder(location);
      sweep(waiting);
      const name = `${clock.unixNano().toString().padStart(20, '0')}_${uuid()}${extension}`;
      writeAtomically(join(location, name), bytes, waiting);
    },
    async remove(names) {
      sweep(waiting);
      for (const name of names) {
        if (!/^[^/\0]+$/.test(name) || !name.endsWith(extension)) {
          throw new NotaryError('INVALID_CHANGE', `not the name of a change file: ${JSON.stringify(name)}`);
        }
      }
      removeFiles(location, names);
    },
  };
}

interface ChangeFile {
  readonly name: string;
  /** False for a symbolic link to one. */
  readonly regular: boolean;
}

/** The change files in order; whatever else lies there is passed over with a warning. */
function changeFiles(folder: string, log: Log): readonly ChangeFile[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    throw fileError('FILE_UNREADABLE', 'open', folder, cause);
  }
  const files: ChangeFile[] = [];
  for (const entry of entries) {
    const { name } = entry;
    const regular = entry.isFile();
    if (name.endsWith(extension) && (regular || leadsToFile(folder, entry))) files.push({ name, regular });
    else log.warn(`not a change file, ignored: ${join(folder, name)}`, 'FOREIGN_FILE');
  }
  return files.sort((left, right) => compareUtf8(left.name, right.name));
}

function leadsToFile(folder: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return false;
  return statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * A change that cannot be read counts as one without content, so that it can be numbered, named and
 * removed like any damaged change; the reason is in a record.
 */
function readChange(folder: string, { name, regular }: ChangeFile, log: Log): StoredChange {
  try {
    const file = readRegularFile(`${folder}/${name}`, { followLinks: !regular, listed: regular });
    return { name, bytes: file?.bytes ?? new Uint8Array() };
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    log.error(error.message, 'FILE_UNREADABLE');
    return { name, bytes: new Uint8Array() };
  }
}
