/**
 * Migrates key files from the layout that Notary used before 0.4:
 *
 *     private/root_keys/<key ID>_<role>.key
 *     private/tuf_keys/<GUN>/<key ID>_<role>.key
 *
 * They are moved to `private/<key ID>.key` as they are, with GUN and role written into their headers (Notary
 * 0.7.0). An old file goes only when its successor is on the disk, so that the move can be interrupted anywhere and
 * is finished by the next run.
 */

import { type Dirent, readdirSync, rmdirSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { equalBytes } from '../../encoding/bytes.ts';
import { encodePem, type PemBlock, parsePem } from '../../encoding/pem.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { errorCode } from '../../go/errno.ts';
import type { Log } from '../../ports/log.ts';
import { fileError } from '../system/file-errors.ts';
import { removeFile, writeAtomically } from './atomic-write.ts';
import { readRegularFile } from './read-file.ts';
import { sweepTemporaryFiles } from './temporary-files.ts';
import { keyFolder, oldKeyFolders } from './trust-dir.ts';

const extension = '.key';

/**
 * Moves all keys that lie in the old directories, and removes the directories once they are empty.
 *
 * A file that is no key, or cannot be moved, stays where it is, and a log message of level error names it; it
 * blocks no other. So does one whose place is taken by another file: Notary 0.7.0 would overwrite that one, and
 * delete whatever it could not read.
 */
export function moveOldKeys(trustDir: string, log: Log): void {
  sweepTemporaryFiles(keyFolder(trustDir));
  for (const folder of oldKeyFolders(trustDir)) {
    for (const path of keyFilesIn(folder, log)) {
      try {
        const gun = relative(folder, dirname(path)).split(sep).join('/');
        moveKey(path, gun, keyFolder(trustDir));
      } catch (error) {
        if (!isNotaryError(error)) throw error;
        log.error(`${error.message}: cannot move private key file ${path}`, error.code);
      }
    }
    removeEmptyFolders(folder);
  }
}

/**
 * What the move would make of the keys in the old directories, for a caller that writes nothing.
 *
 * @returns by key ID, the bytes of the file; without files that could not be moved, which a log message names
 */
export function readOldKeys(trustDir: string, log: Log): ReadonlyMap<string, Uint8Array> {
  const keys = new Map<string, Uint8Array>();
  for (const folder of oldKeyFolders(trustDir)) {
    for (const path of keyFilesIn(folder, log)) {
      try {
        const moved = movedKey(path, relative(folder, dirname(path)).split(sep).join('/'));
        if (moved !== undefined && !keys.has(moved.keyId)) keys.set(moved.keyId, moved.pem);
      } catch (error) {
        if (!isNotaryError(error)) throw error;
        log.error(`${error.message}: cannot read private key file ${path}`, error.code);
      }
    }
  }
  return keys;
}

function moveKey(path: string, gun: string, to: string): void {
  const moved = movedKey(path, gun);
  if (moved === undefined) return;
  const { keyId, pem } = moved;
  const target = join(to, `${keyId}${extension}`);
  const present = readRegularFile(target, { followLinks: false });
  if (present === undefined) writeAtomically(target, pem);
  else if (!equalBytes(present.bytes, pem)) {
    throw new NotaryError('KEY_EXISTS', `there is another file ${target}`);
  }
  removeFile(path);
}

interface MovedKey {
  readonly keyId: string;
  readonly pem: Uint8Array;
}

/** The file as it will be; undefined for one that is gone. @throws NotaryError INVALID_KEY, MALFORMED_PEM, FILE_UNREADABLE */
function movedKey(path: string, gun: string): MovedKey | undefined {
  const file = readRegularFile(path, { followLinks: false });
  // Another process has moved it meanwhile.
  if (file === undefined) return undefined;
  const [block, ...more] = parsePem(file.bytes);
  if (block === undefined) throw new NotaryError('INVALID_KEY', 'PEM block is empty');
  if (!block.type.endsWith('PRIVATE KEY')) throw new NotaryError('INVALID_KEY', 'unknown key format');
  const [keyId = '', ...role] = basename(path, extension).split('_');
  if (keyId === '') throw new NotaryError('INVALID_KEY', 'its name holds no key ID');
  return { keyId, pem: Buffer.concat([withHeaders(block, gun, role.join('_')), ...more].map(encodePem)) };
}

/**
 * Writes the GUN and role that the path and name gave into the headers; a name without role leaves the header as it
 * is.
 */
function withHeaders(block: PemBlock, gun: string, role: string): PemBlock {
  const headers = new Map(block.headers);
  if (gun !== '') headers.set('gun', gun);
  if (role !== '') headers.set('role', role);
  return { ...block, headers };
}

/**
 * The files called `*.key` at any depth; none when the directory does not exist. A log message names a directory
 * that cannot be read.
 */
function keyFilesIn(folder: string, log: Log): string[] {
  return entriesOf(folder, log).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return keyFilesIn(path, log);
    if (!entry.name.endsWith(extension)) return [];
    if (!entry.isSymbolicLink()) return [path];
    log.error(`it is a symbolic link: cannot move private key file ${path}`, 'INVALID_KEY');
    return [];
  });
}

function entriesOf(folder: string, log?: Log): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if (!['ENOENT', 'ENOTDIR'].includes(errorCode(cause))) {
      const error = fileError('FILE_UNREADABLE', 'open', folder, cause);
      log?.error(error.message, error.code);
    }
    return [];
  }
}

function removeEmptyFolders(folder: string): void {
  for (const entry of entriesOf(folder)) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  }
  try {
    rmdirSync(folder);
  } catch {
    // Something is left in it, or it is not there.
  }
}
