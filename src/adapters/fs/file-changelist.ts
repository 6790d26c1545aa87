/**
 * Stores staged changes in files named by the time of staging, each name after all existing ones:
 * `changelist/<nanoseconds>_<uuid>.change`.
 *
 * Notary 0.7.0 takes every file in this directory for a change, so this client never puts anything else there, not
 * even for a moment.
 */

import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compareUtf8 } from '../../encoding/bytes.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { errorCode } from '../../go/errno.ts';
import type { Gun } from '../../metadata/gun.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { ChangelistStore, StoredChange } from '../../ports/trust-dir.ts';
import { fileError } from '../system/file-errors.ts';
import { makeFolder, removeFiles, writeAtomically } from './atomic-write.ts';
import { changeExtension, lastName, nextName } from './change-names.ts';
import { readListedFile, readRegularFile } from './read-file.ts';
import { firstSweep } from './temporary-files.ts';
import { changelistFolder, collectionFolder } from './trust-dir.ts';

/**
 * Nanoseconds between two names where the clock is behind: a process that has not looked at the directory again
 * leaves room for the changes that others, who have just looked, stage in between.
 */
const stepWhenSeen = 1n;
const stepWhenRemembered = 1_000_000n;

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
  const ends = new LastChange(location);
  return {
    location,
    strays: async () => strayEntries(location),
    list: async () => changeFiles(location, log).map((file) => readChange(location, file, log)),
    async add(bytes) {
      makeFolder(location);
      sweep(waiting);
      const last = ends.last();
      const name = nextName(
        last.name,
        clock.unixNano(),
        uuid(),
        last.remembered ? stepWhenRemembered : stepWhenSeen,
      );
      writeAtomically(join(location, name), bytes, waiting);
      ends.added(name);
    },
    async remove(names) {
      sweep(waiting);
      for (const name of names) {
        if (!/^[^/\0]+$/.test(name) || !name.endsWith(changeExtension)) {
          throw new NotaryError('INVALID_CHANGE', `not the name of a change file: ${JSON.stringify(name)}`);
        }
      }
      removeFiles(location, names);
    },
  };
}

/**
 * The last name in a changelist. Listing thousands of files for each of thousands of additions would take minutes,
 * so the name is remembered for as long as nothing else has changed the directory.
 */
class LastChange {
  readonly #folder: string;
  #name: string | undefined;
  #changed: string | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws NotaryError FILE_UNREADABLE */
  last(): { readonly name: string | undefined; readonly remembered: boolean } {
    if (this.#changed !== undefined && this.#changed === lastChangeOf(this.#folder))
      return { name: this.#name, remembered: true };
    this.#name = lastName(namesIn(this.#folder));
    return { name: this.#name, remembered: false };
  }

  added(name: string): void {
    this.#name = name;
    this.#changed = lastChangeOf(this.#folder);
  }
}

function lastChangeOf(folder: string): string | undefined {
  const stats = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.ino}/${stats.mtimeNs}`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw fileError('FILE_UNREADABLE', 'open', folder, cause);
  }
}

interface ChangeFile {
  readonly name: string;
  /** False for a symbolic link to one. */
  readonly regular: boolean;
}

/** The change files in order; whatever else lies there is passed over with a warning. */
function changeFiles(folder: string, log: Log): readonly ChangeFile[] {
  const files: ChangeFile[] = [];
  for (const entry of entriesOf(folder)) {
    const { name } = entry;
    if (name.endsWith(changeExtension) && isReadable(folder, entry))
      files.push({ name, regular: entry.isFile() });
    else log.warn(`not a change file, ignored: ${join(folder, name)}`, 'FOREIGN_FILE');
  }
  return files.sort((left, right) => compareUtf8(left.name, right.name));
}

/** Directories, pipes, and links that lead to no file, under the name of a change. */
function strayEntries(folder: string): readonly string[] {
  return entriesOf(folder)
    .filter((entry) => entry.name.endsWith(changeExtension) && !isReadable(folder, entry))
    .map(({ name }) => join(folder, name))
    .sort(compareUtf8);
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    throw fileError('FILE_UNREADABLE', 'open', folder, cause);
  }
}

function isReadable(folder: string, entry: Dirent): boolean {
  return entry.isFile() || leadsToFile(folder, entry);
}

function leadsToFile(folder: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return false;
  return statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * A change that cannot be read counts as one without content, so that it can be numbered, named and removed like
 * any damaged change; a log message gives the reason.
 */
function readChange(folder: string, { name, regular }: ChangeFile, log: Log): StoredChange {
  try {
    const path = `${folder}/${name}`;
    const bytes = regular ? readListedFile(path) : readRegularFile(path, { followLinks: true })?.bytes;
    return { name, bytes: bytes ?? new Uint8Array() };
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    log.error(error.message, 'FILE_UNREADABLE');
    return { name, bytes: new Uint8Array() };
  }
}
