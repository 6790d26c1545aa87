/** Locks the directory of a sandbox: the lock `.lock`, and `running.json`, which says where the owner listens. */

import { join } from 'node:path';
import { utf8 } from '../../encoding/bytes.ts';
import { goJson } from '../../encoding/canonical-json.ts';
import { asObject, asString, readJson } from '../../encoding/json.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { NotaryError } from '../../errors.ts';
import type { Log } from '../../ports/log.ts';
import { makeFolder, removeFile, writeAtomically } from '../fs/atomic-write.ts';
import { LockFile } from '../fs/lock-file.ts';
import { hasDied, type LockOwner, thisProcess } from '../fs/lock-owner.ts';
import { readRegularFile } from '../fs/read-file.ts';
import { sweepTemporaryFiles } from '../fs/temporary-files.ts';

/** All in milliseconds. */
const heartbeat = 4000;
const silence = 20_000;
const poll = 100;

export interface SandboxLock {
  /** Publishes where the server listens. */
  announce(url: string): void;
  release(): void;
}

function lockOf(folder: string): LockFile {
  return new LockFile(join(folder, '.lock'), silence);
}

/**
 * Takes a directory for this process; makes it when it is not there. The lock of a process that has died is taken
 * over.
 *
 * @throws NotaryError SANDBOX_RUNNING, FILE_UNWRITABLE
 */
export async function holdFolder(folder: string, log: Log): Promise<SandboxLock> {
  makeFolder(folder);
  sweepTemporaryFiles(folder);
  const lock = lockOf(folder);
  const owner = thisProcess(crypto.randomUUID());
  await take(lock, owner, folder, log);
  const life = setInterval(() => lock.touch(), heartbeat);
  life.unref();
  const file = join(folder, 'running.json');
  return {
    announce: (url) => {
      const { id, pid } = owner;
      writeAtomically(
        file,
        utf8(`${goJson(new Map<string, string | number>(Object.entries({ id, pid, url })))}\n`),
      );
    },
    release: () => {
      clearInterval(life);
      removeFile(file);
      lock.release(owner);
    },
  };
}

async function take(lock: LockFile, owner: LockOwner, folder: string, log: Log): Promise<void> {
  const start = performance.now();
  let logged = false;
  while (!lock.create(owner)) {
    const holder = lock.holder();
    if (holder === undefined) continue;
    if (lock.isAbandoned(holder) && lock.clear(holder)) continue;
    const alive = holder.pid > 0 && hasDied(holder) === false;
    // Of a process elsewhere only its heartbeats are known.
    if (alive || performance.now() - start > silence + heartbeat) throw running(folder, holder);
    if (!logged)
      log.warn(`waiting for a heartbeat of process ${holder.pid}, which has ${folder}`, 'SANDBOX_RUNNING');
    logged = true;
    await new Promise((resolve) => void setTimeout(resolve, poll));
  }
}

function running(folder: string, { pid, place }: LockOwner): NotaryError {
  const host = place.split('/')[0] ?? '';
  return new NotaryError('SANDBOX_RUNNING', `a sandbox has ${folder} already: process ${pid} on ${host}`, {
    details: { folder, pid, host },
    hint: `Use that one, stop it (tsnotary sandbox stop --dir ${shellWord(folder)}), or name another directory with --dir.`,
  });
}

/** The owner of a directory, and where it listens once it does. */
export interface Holder {
  readonly owner: LockOwner;
  readonly url: string | undefined;
}

/** The process that has a directory; undefined when there is none, or it has died. */
export function holderOf(folder: string): Holder | undefined {
  const owner = lockOf(folder).holder();
  if (owner === undefined || owner.pid === 0 || hasDied(owner) === true) return undefined;
  return { owner, url: announcedUrl(folder, owner) };
}

/** What the owner has announced; what another process left there does not count. */
function announcedUrl(folder: string, owner: LockOwner): string | undefined {
  try {
    const file = readRegularFile(join(folder, 'running.json'), { followLinks: false });
    if (file === undefined) return undefined;
    const fields = asObject(readJson(file.bytes), 'running');
    return asString(fields.get('id'), 'id') === owner.id ? asString(fields.get('url'), 'url') : undefined;
  } catch {
    return undefined;
  }
}
