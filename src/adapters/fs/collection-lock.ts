/**
 * The lock of those who publish one GUN from one trust directory: the file `tuf/<GUN>/.publish.lock`,
 * which names its owner.
 *
 * Node has no locks that the system gives back when a process dies, so a lock whose owner is gone is
 * taken over: at once where the owner's process ID means something here, and elsewhere (a shared
 * folder, another container) once it has given no sign of life for a while. Should two publish at one
 * time all the same, the server's version rule still keeps them apart.
 */

import { linkSync, lstatSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { goJson } from '../../encoding/canonical-json.ts';
import { asInteger, asObject, asString, readJson } from '../../encoding/json.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { Gun } from '../../metadata/gun.ts';
import type { CollectionLock, Log } from '../../ports.ts';
import { errorCode, systemReason } from '../system/file-errors.ts';
import { makeFolder } from './atomic-write.ts';
import { hasDied, type LockOwner, thisProcess } from './lock-owner.ts';
import { readRegularFile } from './read-file.ts';
import { sweepTemporaryFiles, temporaryPath } from './temporary-files.ts';
import { collectionFolder } from './trust-dir.ts';

/** All in milliseconds. */
export interface Patience {
  /** Between two looks at a lock that is held. */
  readonly poll: number;
  /** Until the person is told what is waited for. */
  readonly notice: number;
  /** Until waiting is given up. */
  readonly wait: number;
  /** Between two signs of life of the owner. */
  readonly heartbeat: number;
  /** Without a sign of life an owner that cannot be looked up counts as dead. */
  readonly silence: number;
}

const usualPatience: Patience = { poll: 100, notice: 1500, wait: 30_000, heartbeat: 4000, silence: 20_000 };

/** Where the file system cannot say "only if there is none" of a link. */
const noLinks = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/**
 * Opens the lock of a GUN. Nothing is created before it is held.
 *
 * @param uuid gives random UUIDs, which tell one holding from another
 */
export function openCollectionLock(
  trustDir: string,
  gun: Gun,
  { uuid, log, patience = usualPatience }: { uuid: () => string; log: Log; patience?: Patience },
): CollectionLock {
  const folder = collectionFolder(trustDir, gun);
  const file = new LockFile(join(folder, '.publish.lock'), patience);
  return {
    async hold(work) {
      const owner = thisProcess(uuid());
      try {
        makeFolder(folder);
        sweepTemporaryFiles(folder);
        await take(file, owner, { gun, log, patience });
      } catch (error) {
        if (!isNotaryError(error, 'FILE_UNWRITABLE')) throw error;
        log.warn(`${gun} is published without a lock: ${error.message}`, 'LOCK_UNAVAILABLE');
        return work();
      }
      const life = setInterval(() => file.touch(), patience.heartbeat);
      life.unref();
      try {
        return await work();
      } finally {
        clearInterval(life);
        file.release(owner);
      }
    },
  };
}

interface Waiting {
  readonly gun: Gun;
  readonly log: Log;
  readonly patience: Patience;
}

async function take(file: LockFile, owner: LockOwner, { gun, log, patience }: Waiting): Promise<void> {
  const start = performance.now();
  let told = false;
  while (!file.create(owner)) {
    const holder = file.holder();
    if (holder === undefined) continue;
    if (file.isAbandoned(holder) && file.clear(holder)) continue;
    const waited = performance.now() - start;
    if (waited > patience.wait) throw busy(gun, holder, file.path);
    if (waited > patience.notice && !told) {
      log.warn(`waiting for process ${holder.pid}, which is publishing ${gun}`, 'COLLECTION_BUSY');
      told = true;
    }
    await new Promise((resolve) => void setTimeout(resolve, patience.poll));
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

class LockFile {
  readonly path: string;
  readonly #patience: Patience;
  /** The last sign of life that was seen of a holder, and when it was first seen. */
  #sign = { of: '', at: 0 };

  constructor(path: string, patience: Patience) {
    this.path = path;
    this.#patience = patience;
  }

  /** True when the lock was free and is the owner's now. @throws NotaryError FILE_UNWRITABLE */
  create(owner: LockOwner): boolean {
    const { id, pid, place, started } = owner;
    const text = goJson(new Map<string, string | number>(Object.entries({ id, pid, place, started })));
    const draft = temporaryPath(dirname(this.path), this.path);
    try {
      // A link appears with its content, so nobody ever reads half of it.
      writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
      linkOrWrite(draft, this.path, text);
      return true;
    } catch (cause) {
      if (errorCode(cause) === 'EEXIST') return false;
      throw new NotaryError('FILE_UNWRITABLE', `open ${this.path}: ${systemReason(cause)}`, {
        details: { file: this.path },
        cause,
      });
    } finally {
      quietly(() => rmSync(draft, { force: true }));
    }
  }

  /** Who holds the lock; undefined when nobody does. What cannot be read is a holder without a name. */
  holder(): LockOwner | undefined {
    if (lstatSync(this.path, { throwIfNoEntry: false }) === undefined) return undefined;
    return quietly(() => readOwner(this.path)) ?? nobody;
  }

  isAbandoned(holder: LockOwner): boolean {
    const died = holder.pid > 0 ? hasDied(holder) : undefined;
    if (died !== undefined) return died;
    const sign = `${holder.id}/${String(lstatSync(this.path, { throwIfNoEntry: false })?.mtimeMs)}`;
    const now = performance.now();
    if (sign !== this.#sign.of) this.#sign = { of: sign, at: now };
    return now - this.#sign.at > this.#patience.silence;
  }

  /**
   * Removes an abandoned lock, unless somebody else has done so and holds it now.
   *
   * @returns false when it could not be removed, or somebody else is at it
   */
  clear(abandoned: LockOwner): boolean {
    const guard = `${this.path}.clearing`;
    try {
      writeFileSync(guard, '', { flag: 'wx', mode: 0o600 });
    } catch {
      const since = lstatSync(guard, { throwIfNoEntry: false })?.mtimeMs;
      // Clearing takes a moment; whoever began it long ago has died over it.
      if (since !== undefined && Date.now() - since > this.#patience.silence)
        quietly(() => rmSync(guard, { force: true }));
      return false;
    }
    // What cannot be removed is waited for and named in the end.
    if (this.holder()?.id === abandoned.id) quietly(() => unlinkSync(this.path));
    quietly(() => rmSync(guard, { force: true }));
    return this.holder()?.id !== abandoned.id;
  }

  /** A sign of life. Should the lock have been taken over, the server decides between the two. */
  touch(): void {
    quietly(() => utimesSync(this.path, new Date(), new Date()));
  }

  release(owner: LockOwner): void {
    if (this.holder()?.id === owner.id) quietly(() => rmSync(this.path, { force: true }));
  }
}

/** A holder that left no name. */
const nobody: LockOwner = { id: '', pid: 0, place: '', started: '' };

function readOwner(path: string): LockOwner | undefined {
  const file = readRegularFile(path, { followLinks: false });
  if (file === undefined) return undefined;
  const fields = asObject(readJson(file.bytes), 'lock');
  const text = (name: string) => asString(fields.get(name), name);
  return {
    id: text('id'),
    pid: asInteger(fields.get('pid'), 'pid'),
    place: text('place'),
    started: text('started'),
  };
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function linkOrWrite(draft: string, path: string, text: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!noLinks.includes(errorCode(error))) throw error;
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  }
}
