/** Locks a file for reading, changing and replacing it in one step: the file `<path>.lock` beside it. */

import { isNotaryError, NotaryError } from '../../errors.ts';
import { LockFile } from './lock-file.ts';
import { type LockOwner, thisProcess } from './lock-owner.ts';

/** All in milliseconds: a change of a small file takes a moment. */
export interface ShortPatience {
  /** Between two looks at a lock that is held. */
  readonly poll: number;
  /** Until the command gives up waiting. */
  readonly wait: number;
  /** After this long, a holder that cannot be looked up counts as dead. */
  readonly silence: number;
}

const defaultPatience: ShortPatience = { poll: 20, wait: 15_000, silence: 10_000 };

/**
 * Does work while this process alone holds the lock. Where no lock can be made, as in a directory that cannot be
 * written to, the work is done without one: it compares the file before it replaces it.
 *
 * @throws NotaryError FILE_UNWRITABLE when another process holds the lock for too long
 */
export async function withLockBeside<T>(
  path: string,
  work: () => Promise<T>,
  patience: ShortPatience = defaultPatience,
): Promise<T> {
  const file = new LockFile(`${path}.lock`, patience.silence);
  const owner = thisProcess(process.getBuiltinModule('node:crypto').randomUUID());
  if (!(await take(file, owner, path, patience))) return work();
  try {
    return await work();
  } finally {
    file.release(owner);
  }
}

/** @returns false where no lock can be made */
async function take(
  file: LockFile,
  owner: LockOwner,
  path: string,
  { poll, wait }: ShortPatience,
): Promise<boolean> {
  const start = performance.now();
  for (;;) {
    const made = created(file, owner);
    if (made !== false) return made === true;
    const holder = file.holder();
    if (holder === undefined) continue;
    if (file.isAbandoned(holder) && file.clear(holder)) continue;
    if (performance.now() - start > wait)
      throw new NotaryError('FILE_UNWRITABLE', `${path} is being changed by process ${holder.pid}`, {
        details: { file: path, pid: holder.pid, lock: file.path },
        hint: 'Nothing was changed. Wait until it has ended, then run this command again.',
      });
    await new Promise((resolve) => void setTimeout(resolve, poll));
  }
}

/** Undefined where no lock can be made. */
function created(file: LockFile, owner: LockOwner): boolean | undefined {
  try {
    return file.create(owner);
  } catch (error) {
    if (!isNotaryError(error, 'FILE_UNWRITABLE')) throw error;
    return undefined;
  }
}
