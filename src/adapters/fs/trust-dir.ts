/**
 * Where things lie in a trust directory, and the folders that opening something in it creates:
 *
 *     private/                     key files
 *     tuf/<GUN>/metadata/          verified metadata
 *     tuf/<GUN>/changelist/        staged changes
 */

import { join } from 'node:path';
import type { Gun } from '../../metadata/gun.ts';
import { makeFolder } from './atomic-write.ts';

export function keyFolder(trustDir: string): string {
  return join(trustDir, 'private');
}

/** Where versions before 0.4 kept keys: root keys, and those of collections and delegations. */
export function oldKeyFolders(trustDir: string): readonly string[] {
  return ['root_keys', 'tuf_keys'].map((name) => join(keyFolder(trustDir), name));
}

export function collectionFolder(trustDir: string, gun: Gun): string {
  return join(trustDir, 'tuf', gun);
}

export function metadataFolder(trustDir: string, gun: Gun): string {
  return join(collectionFolder(trustDir, gun), 'metadata');
}

export function changelistFolder(trustDir: string, gun: Gun): string {
  return join(collectionFolder(trustDir, gun), 'changelist');
}

/**
 * The folder of private keys, made by every command that opens the key store (Notary 0.7.0).
 *
 * @throws NotaryError FILE_UNWRITABLE: `mkdir X: not a directory`
 */
export function makeKeyFolder(trustDir: string): void {
  makeFolder(keyFolder(trustDir));
}

/**
 * The folders of a GUN, made by every command that names one, `status` included (Notary 0.7.0).
 *
 * @throws NotaryError FILE_UNWRITABLE: `mkdir X: not a directory`
 */
export function makeCollectionFolders(trustDir: string, gun: Gun): void {
  makeFolder(metadataFolder(trustDir, gun));
  makeFolder(changelistFolder(trustDir, gun));
}
