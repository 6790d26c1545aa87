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
    list: async () => changeNames(location, log).map((name) => readChange(location, name, log)),
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

/** Names of the change files in order; whatever else lies there is passed over with a warning. */
function changeNames(folder: string, log: Log): readonly string[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    throw fileError('FILE_UNREADABLE', 'open', folder, cause);
  }
  const names: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.endsWith(extension) && isRegular(path, entry)) names.push(entry.name);
    else log.warn(`not a change file, ignored: ${path}`, 'FOREIGN_FILE');
  }
  return names.sort(compareUtf8);
}

function isRegular(path: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * A change that cannot be read counts as one without content, so that it can be numbered, named and
 * removed like any damaged change; the reason is in a record.
 */
function readChange(folder: string, name: string, log: Log): StoredChange {
  try {
    const file = readRegularFile(join(folder, name), { followLinks: true });
    return { name, bytes: file?.bytes ?? new Uint8Array() };
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    log.error(error.message, 'FILE_UNREADABLE');
    return { name, bytes: new Uint8Array() };
  }
}
