/**
 * Locks one GUN of a trust directory for a process that publishes, resets or deletes it: the file
 * `tuf/<GUN>/.publish.lock`.
 *
 * If two processes publish at one time all the same, because one took over the lock of an owner that still runs,
 * the server's version rule still keeps them apart.
 */

import { join } from 'node:path';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { errorCode } from '../../go/errno.ts';
import type { Gun } from '../../metadata/gun.ts';
import type { Log } from '../../ports/log.ts';
import type { RepositoryLock } from '../../ports/trust-dir.ts';
import { makeFolder, removeEmptyFolders } from './atomic-write.ts';
import { LockFile } from './lock-file.ts';
import { type LockOwner, thisProcess } from './lock-owner.ts';
import { sweepTemporaryFiles } from './temporary-files.ts';
import { collectionFolder } from './trust-dir.ts';

/** All in milliseconds. */
export interface Patience {
  /** Between two looks at a lock that is held. */
  readonly poll: number;
  /** Until a log message names the process that the command waits for. */
  readonly notice: number;
  /** Until the command gives up waiting. */
  readonly wait: number;
  /** Between two heartbeats of the owner. */
  readonly heartbeat: number;
  /** Without a heartbeat for this long, an owner that cannot be looked up counts as dead. */
  readonly silence: number;
}

const defaultPatience: Patience = { poll: 100, notice: 1500, wait: 30_000, heartbeat: 4000, silence: 20_000 };

/**
 * Opens the lock of a GUN. Nothing is created before it is held. Directories that are made for it go with it when the
 * work fails and has left nothing in them: a repository that was refused is not known afterwards.
 *
 * @param uuid gives random UUIDs, which distinguish one holding of the lock from another
 */
export function openCollectionLock(
  trustDir: string,
  gun: Gun,
  { uuid, log, patience = defaultPatience }: { uuid: () => string; log: Log; patience?: Patience },
): RepositoryLock {
  const folder = collectionFolder(trustDir, gun);
  const file = new LockFile(join(folder, '.publish.lock'), patience.silence);
  return {
    async hold(work) {
      const owner = thisProcess(uuid());
      let made: readonly string[] = [];
      let unused = made;
      try {
        made = makeFolder(folder);
        sweepTemporaryFiles(folder);
        await take(file, owner, { gun, folder, log, patience });
      } catch (error) {
        if (!isNotaryError(error, 'FILE_UNWRITABLE')) throw error;
        log.warn(`${gun} is worked on without a lock: ${error.message}`, 'LOCK_UNAVAILABLE');
        return work();
      }
      const life = setInterval(() => file.touch(), patience.heartbeat);
      life.unref();
      try {
        return await work();
      } catch (error) {
        unused = made;
        throw error;
      } finally {
        clearInterval(life);
        file.release(owner);
        removeEmptyFolders(unused);
      }
    },
  };
}

interface Waiting {
  readonly gun: Gun;
  readonly folder: string;
  readonly log: Log;
  readonly patience: Patience;
}

async function take(
  file: LockFile,
  owner: LockOwner,
  { gun, folder, log, patience }: Waiting,
): Promise<void> {
  const start = performance.now();
  let logged = false;
  while (!createAnew(file, owner, folder)) {
    const holder = file.holder();
    if (holder === undefined) continue;
    if (file.isAbandoned(holder) && file.clear(holder)) continue;
    const waited = performance.now() - start;
    if (waited > patience.wait) throw busy(gun, holder, file.path);
    if (waited > patience.notice && !logged) {
      log.warn(`waiting for process ${holder.pid}, which is publishing ${gun}`, 'COLLECTION_BUSY');
      logged = true;
    }
    await new Promise((resolve) => void setTimeout(resolve, patience.poll));
  }
}

/** Another process may have deleted the collection meanwhile, with its directory. */
function createAnew(file: LockFile, owner: LockOwner, folder: string): boolean {
  try {
    return file.create(owner);
  } catch (error) {
    if (!(isNotaryError(error) && errorCode(error.cause) === 'ENOENT')) throw error;
    makeFolder(folder);
    return file.create(owner);
  }
}

function busy(gun: Gun, { pid, place }: LockOwner, file: string): NotaryError {
  const host = place.split('/')[0] ?? '';
  const where = host === '' ? '' : ` on ${host}`;
  return new NotaryError('COLLECTION_BUSY', `another process is publishing ${gun}: process ${pid}${where}`, {
    details: { gun, pid, host, file },
    hint: 'Nothing was changed. Wait until it has ended, then run this command again.',
  });
}
