/**
 * Writes files atomically: whatever happens, the file holds its old content or its new one.
 *
 * The bytes go to a file of another name on the same file system, are forced to disk, and take the place of the old
 * file in one step; then the directory is forced to disk.
 */

import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { NotaryError } from '../../errors.ts';
import { errorCode, systemReason } from '../../go/errno.ts';
import { fileError } from '../system/file-errors.ts';
import { temporaryPath } from './temporary-files.ts';

const privateFile = 0o600;
const privateFolder = 0o700;

/**
 * Creates a directory and those above it, mode 0700 whatever the umask; existing ones keep their mode.
 *
 * @returns those that it has created, the innermost first
 * @throws NotaryError FILE_UNWRITABLE naming the directory at fault: `mkdir X: not a directory`
 */
export function makeFolder(path: string): readonly string[] {
  let above: readonly string[] = [];
  try {
    if (statSync(path).isDirectory()) return [];
  } catch (error) {
    const parent = dirname(path);
    if (parent !== path && ['ENOENT', 'ENOTDIR'].includes(errorCode(error))) above = makeFolder(parent);
  }
  try {
    mkdirSync(path, privateFolder);
    chmodSync(path, privateFolder);
    syncFolder(dirname(path));
    return [path, ...above];
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') throw fileError('FILE_UNWRITABLE', 'mkdir', path, cause);
    if (!isFolder(path)) {
      throw new NotaryError('FILE_UNWRITABLE', `mkdir ${path}: not a directory`, {
        details: { file: path },
        cause,
      });
    }
    return above;
  }
}

/** Removes those of the directories that are empty, given from the innermost outwards. */
export function removeEmptyFolders(paths: readonly string[]): void {
  try {
    for (const path of paths) rmdirSync(path);
  } catch {
    // What another process has put there stays, and so does all that is above it.
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Puts bytes into a file, all or nothing, mode 0600 from the first moment. A symbolic link of that name is
 * replaced, not followed; so is a directory that is empty.
 *
 * @param temporaryFolder where the bytes wait; on the file system of `path`. Default: beside it.
 * @throws NotaryError FILE_UNWRITABLE naming `path`; nothing is left behind then
 */
export function writeAtomically(path: string, bytes: Uint8Array, temporaryFolder = dirname(path)): void {
  const temporary = temporaryPath(temporaryFolder, path);
  fillNewFile(temporary, path, bytes);
  try {
    replaceBy(temporary, path);
  } catch (cause) {
    removeTemporary(temporary);
    throw fileError('FILE_UNWRITABLE', 'open', path, cause);
  }
  syncFolder(dirname(path));
}

function replaceBy(temporary: string, path: string): void {
  try {
    renameSync(temporary, path);
  } catch (cause) {
    if (errorCode(cause) !== 'EISDIR' || !removedEmptyFolder(path)) throw cause;
    renameSync(temporary, path);
  }
}

function removedEmptyFolder(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Creates a file of mode 0600 with these bytes and forces them to disk.
 *
 * @param path what errors are to name
 * @throws NotaryError FILE_UNWRITABLE; nothing is left behind then
 */
export function fillNewFile(temporary: string, path: string, bytes: Uint8Array): void {
  let call = 'open';
  let file: number | undefined;
  try {
    file = openSync(temporary, 'wx', privateFile);
    call = 'write';
    fchmodSync(file, privateFile);
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    fsyncSync(file);
    closeSync(file);
  } catch (cause) {
    if (file !== undefined) discard(file, temporary);
    throw fileError('FILE_UNWRITABLE', call, path, cause);
  }
}

function discard(file: number, temporary: string): void {
  try {
    closeSync(file);
  } catch {
    // Closed already, by the call that failed.
  }
  removeTemporary(temporary);
}

function removeTemporary(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The caller gets the reason why the write failed; the next write here removes the file.
  }
}

/** Removes a file and forces that to disk. One that is not there is no error. @throws NotaryError FILE_UNWRITABLE */
export function removeFile(path: string): void {
  if (unlinkIfThere(path)) syncFolder(dirname(path));
}

/**
 * As `removeFile` for many files of one directory, which is forced to disk once. A file that cannot be removed does
 * not keep the others.
 *
 * @throws NotaryError FILE_UNWRITABLE for the first that cannot be removed
 */
export function removeFiles(folder: string, names: readonly string[]): void {
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      unlinkIfThere(`${folder}/${name}`);
    } catch (error) {
      failures.push(error);
    }
  }
  if (names.length > failures.length) syncFolder(folder);
  if (failures.length > 0) throw failures[0];
}

function unlinkIfThere(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return false;
    throw fileError('FILE_UNWRITABLE', 'remove', path, cause);
  }
}

/** Forces the entries of a directory to disk, where the file system can. @throws NotaryError FILE_UNWRITABLE */
export function syncFolder(path: string): void {
  let folder: number | undefined;
  try {
    folder = openSync(path, 'r');
    fsyncSync(folder);
  } catch (cause) {
    // Network and user-space file systems have no such call; a failing disk is another matter.
    if (errorCode(cause) === 'EIO') {
      throw new NotaryError('FILE_UNWRITABLE', `sync ${path}: ${systemReason(cause)}`, {
        details: { file: path },
        cause,
      });
    }
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}
