/** Opens what the trust directory holds of one repository, for the command line and for the library. */

import { openLocalCollection } from '../adapters/fs/delete-local-data.ts';
import { openChangelist } from '../adapters/fs/file-changelist.ts';
import { openMetadataStore } from '../adapters/fs/file-metadata-store.ts';
import { openCollectionLock } from '../adapters/fs/repository-lock.ts';
import { openRotationJournal } from '../adapters/fs/rotation-journal.ts';
import { checkTrustDir, makeCollectionFolders, makeKeyFolder } from '../adapters/fs/trust-dir.ts';
import { openHeldMetadata } from '../adapters/fs/trust-dir-metadata.ts';
import { openUploadJournal } from '../adapters/fs/upload-journal.ts';
import type { RepositoryPorts } from '../client/repository-ports.ts';
import { memoryChangelist } from '../client/stage/memory-changelist.ts';
import { memoryCache } from '../client/update/memory-cache.ts';
import type { Gun } from '../metadata/gun.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** The ports of a repository that are files of the trust directory. */
export type StoredRepository = Pick<
  RepositoryPorts,
  'local' | 'lock' | 'journal' | 'uploads' | 'heldMetadata' | 'cache' | 'changelist'
>;

/**
 * Makes the directories of a repository and opens its files.
 *
 * @param uuid a random UUID for names of files: the caller decides when cryptography is loaded
 * @throws NotaryError FILE_UNWRITABLE
 */
export function openStoredRepository(
  trustDir: string,
  gun: Gun,
  { clock, log, uuid }: { readonly clock: Clock; readonly log: Log; readonly uuid: () => string },
): StoredRepository {
  makeKeyFolder(trustDir);
  makeCollectionFolders(trustDir, gun);
  return storedFiles(trustDir, gun, { clock, log, uuid });
}

/**
 * Opens the files of a repository for a look that writes nothing: metadata and changes go to memory, and no lock is
 * held.
 *
 * @throws NotaryError FILE_UNREADABLE
 */
export function openRepositoryReadOnly(
  trustDir: string,
  gun: Gun,
  { clock, log, uuid }: { readonly clock: Clock; readonly log: Log; readonly uuid: () => string },
): StoredRepository {
  checkTrustDir(trustDir);
  const stored = storedFiles(trustDir, gun, { clock, log, uuid });
  return {
    ...stored,
    cache: memoryCache(stored.cache),
    changelist: memoryChangelist(stored.changelist),
    lock: { hold: (work) => work() },
  };
}

function storedFiles(
  trustDir: string,
  gun: Gun,
  { clock, log, uuid }: { readonly clock: Clock; readonly log: Log; readonly uuid: () => string },
): StoredRepository {
  return {
    local: openLocalCollection(trustDir, gun),
    lock: openCollectionLock(trustDir, gun, { uuid, log }),
    journal: openRotationJournal(trustDir, gun),
    uploads: openUploadJournal(trustDir, gun),
    heldMetadata: openHeldMetadata(trustDir),
    cache: openMetadataStore(trustDir, gun),
    changelist: openChangelist(trustDir, gun, clock, uuid, log),
  };
}
