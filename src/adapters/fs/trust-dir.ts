/**
 * Lays out a trust directory, and creates the directories that a command opens:
 *
 *     private/                     key files
 *     tuf/<GUN>/metadata/          verified metadata
 *     tuf/<GUN>/changelist/        staged changes
 */

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isNotaryError } from '../../errors.ts';
import { errorCode } from '../../go/errno.ts';
import type { Gun } from '../../metadata/gun.ts';
import { fileError } from '../system/file-errors.ts';
import { makeFolder } from './atomic-write.ts';

export function keyFolder(trustDir: string): string {
  return join(trustDir, 'private');
}

/** Where versions before 0.4 kept keys: root keys, and those of collections and delegations. */
export function oldKeyFolders(trustDir: string): readonly string[] {
  return ['root_keys', 'tuf_keys'].map((name) => join(keyFolder(trustDir), name));
}

/** True when keys lie where versions before 0.4 kept them; the next command that wants a key moves them. */
export function holdsOldKeys(trustDir: string): boolean {
  return oldKeyFolders(trustDir).some((folder) => existsSync(folder));
}

/** The directory of everything that belongs to collections. */
export function collectionsFolder(trustDir: string): string {
  return join(trustDir, 'tuf');
}

export function collectionFolder(trustDir: string, gun: Gun): string {
  return join(collectionsFolder(trustDir), gun);
}

export function metadataFolder(trustDir: string, gun: Gun): string {
  return join(collectionFolder(trustDir, gun), 'metadata');
}

export function changelistFolder(trustDir: string, gun: Gun): string {
  return join(collectionFolder(trustDir, gun), 'changelist');
}

/** False for a path that leads nowhere, or cannot be followed. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Fails where the trust directory is there and may not be looked into: nothing in it would be found, and what is said of
 * single files would lead astray.
 *
 * @throws NotaryError FILE_UNREADABLE
 */
export function checkTrustDir(trustDir: string): void {
  // What is no directory is reported when one is to be made in it.
  if (!isDirectory(trustDir)) return;
  try {
    accessSync(trustDir, constants.R_OK | constants.X_OK);
  } catch (cause) {
    throw fileError('FILE_UNREADABLE', 'open', trustDir, cause);
  }
}

/**
 * The directory of private keys, made by every command that opens the key store (Notary 0.7.0).
 *
 * On a disk that takes nothing there will be no directory. Reading goes on without, and whatever has to be written
 * fails by name.
 *
 * @throws NotaryError FILE_UNWRITABLE: `mkdir X: not a directory`; FILE_UNREADABLE as `checkTrustDir`
 */
export function makeKeyFolder(trustDir: string): void {
  checkTrustDir(trustDir);
  makeFolderIfPossible(keyFolder(trustDir));
}

/**
 * The directories of a GUN, made by every command that names one, `status` included (Notary 0.7.0); as
 * `makeKeyFolder` on a disk that takes nothing.
 *
 * @throws NotaryError FILE_UNWRITABLE: `mkdir X: not a directory`
 */
export function makeCollectionFolders(trustDir: string, gun: Gun): void {
  makeFolderIfPossible(metadataFolder(trustDir, gun));
  makeFolderIfPossible(changelistFolder(trustDir, gun));
}

/** Reasons that say nothing against what is there already. */
const unwritable = ['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT', 'EIO'];

function makeFolderIfPossible(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    if (!isNotaryError(error) || !unwritable.includes(errorCode(error.cause))) throw error;
  }
}
