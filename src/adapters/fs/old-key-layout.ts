/**
 * Key files as Notary laid them out before 0.4:
 *
 *     private/root_keys/<key ID>_<role>.key
 *     private/tuf_keys/<GUN>/<key ID>_<role>.key
 *
 * They are moved to `private/<key ID>.key` as they are, with GUN and role written into their headers
 * (Notary 0.7.0). An old file goes only when its successor is on the disk, so that the move can be
 * interrupted anywhere and is finished by the next run.
 */

import { type Dirent, readdirSync, rmdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { encodePem, type PemBlock, parsePem } from '../../encoding/pem.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import { fileError } from '../system/file-errors.ts';
import { errnoOf, removeFile, writeAtomically } from './atomic-write.ts';
import { readRegularFile } from './read-file.ts';
import { keyFolder } from './trust-dir.ts';

const oldFolders = ['root_keys', 'tuf_keys'];
const extension = '.key';

/**
 * Moves all keys that lie in the old folders, and removes the folders once they are empty.
 *
 * A file that is no key, or cannot be moved, stays where it is and is named in an error record; it
 * blocks no other. Of a key that lies in both places the new file is kept.
 */
export function moveOldKeys(trustDir: string, log: Log): void {
  for (const name of oldFolders) {
    const folder = join(keyFolder(trustDir), name);
    for (const path of keyFilesIn(folder)) {
      try {
        moveKey(path, relative(folder, dirname(path)), keyFolder(trustDir));
      } catch (error) {
        if (!isNotaryError(error)) throw error;
        log.error(`${error.message}: cannot move private key file ${path}`, error.code);
      }
    }
    removeEmptyFolders(folder);
  }
}

function moveKey(path: string, gun: string, to: string): void {
  const [block] = parsePem(readRegularFile(path, { followLinks: false })?.bytes ?? new Uint8Array());
  if (block === undefined) throw new NotaryError('INVALID_KEY', 'PEM block is empty');
  const [keyId = '', ...role] = basename(path, extension).split('_');
  if (keyId === '') throw new NotaryError('INVALID_KEY', 'its name holds no key ID');
  const target = join(to, `${keyId}${extension}`);
  if (readRegularFile(target, { followLinks: false }) === undefined) {
    writeAtomically(target, encodePem(withHeaders(block, gun, role.join('_'))));
  }
  removeFile(path);
}

/** What the place and the name said is said in the headers; a name without role leaves the header as it is. */
function withHeaders(block: PemBlock, gun: string, role: string): PemBlock {
  const headers = new Map(block.headers);
  if (gun !== '') headers.set('gun', gun);
  if (role !== '') headers.set('role', role);
  return { ...block, headers };
}

/** Regular files called `*.key` at any depth; none when the folder is not there. */
function keyFilesIn(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return keyFilesIn(path);
    return entry.isFile() && entry.name.endsWith(extension) ? [path] : [];
  });
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(cause))) return [];
    throw fileError('FILE_UNREADABLE', 'open', folder, cause);
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
