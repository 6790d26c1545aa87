/** Declares the store of a server as a port: files of all versions, its own private keys, the change feed. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { PrivateKey } from '../../crypto/keys/private-key.ts';
import { isNotaryError } from '../../errors.ts';

/** A file that has been accepted, bytes as sent. */
export interface StoredFile {
  readonly version: number;
  readonly bytes: Uint8Array;
  readonly storedAt: Date;
}

/** A file that is to become current. */
export interface FileUpdate {
  readonly role: string;
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** A publication or a deletion; they are numbered from 1 over all GUNs. */
export interface PublishedChange {
  readonly id: number;
  readonly at: Date;
  readonly gun: string;
  /** Version of the timestamp that was published; 0 for a deletion. */
  readonly version: number;
  /** Lower-case hex SHA-256 of that timestamp; empty for a deletion. */
  readonly sha256: string;
  readonly category: 'update' | 'deletion';
}

/** True for an error of the store itself, as opposed to a bad request. */
export function isStoreFailure(error: unknown): boolean {
  return isNotaryError(error, 'FILE_UNREADABLE', 'FILE_UNWRITABLE', 'SANDBOX_DAMAGED');
}

/** Any of these may throw what `isStoreFailure` knows. */
export interface ServerStore {
  /** The file with the highest version. */
  current(gun: string, role: string): Promise<StoredFile | undefined>;
  /** A file of the role by the lower-case hex SHA-256 of its bytes. */
  byChecksum(gun: string, role: string, sha256: string): Promise<StoredFile | undefined>;
  byVersion(gun: string, role: string, version: number): Promise<StoredFile | undefined>;
  /**
   * Stores all files or none, and records a change when a timestamp is among them.
   *
   * Answers `old version` and stores nothing when a role has that version or a later one already, or
   * is updated to one version twice.
   */
  update(gun: string, files: readonly FileUpdate[], at: Date): Promise<'stored' | 'old version'>;
  /** Deletes all files of a GUN and records that, or does nothing when there are none. Keys stay. */
  remove(gun: string, at: Date): Promise<void>;
  /** A key that the server signs with, by its canonical ID. */
  key(id: CanonicalKeyId): Promise<PrivateKey | undefined>;
  addKey(key: PrivateKey): Promise<void>;
  /** All changes, oldest first. */
  changes(): Promise<readonly PublishedChange[]>;
}
