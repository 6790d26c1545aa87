/** Locates the sandbox of a directory from another process, and ends it. */

import { get } from 'node:https';
import { join } from 'node:path';
import { NotaryError } from '../../errors.ts';
import { systemReason } from '../../go/errno.ts';
import type { Sandbox } from '../../ports/sandbox.ts';
import { hasDied, type LockOwner } from '../fs/lock-owner.ts';
import { readRegularFile } from '../fs/read-file.ts';
import { type Holder, holderOf } from './sandbox-lock.ts';

/** All in milliseconds. */
const answerWithin = 5000;
const endWithin = 15_000;
const poll = 50;

/** As `Sandbox.find`. While it starts, its URL is empty. */
export async function findSandbox(folder: string): ReturnType<Sandbox['find']> {
  const holder = holderOf(folder);
  if (holder === undefined) return undefined;
  const { owner, url = '' } = holder;
  const ca = join(folder, 'ca.crt');
  const answers = url !== '' && (await isHealthy(url, ca));
  return { url, ca, folder, pid: owner.pid, answers };
}

/** True when the server answers under its certificate. */
function isHealthy(url: string, caPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ca = readRegularFile(caPath, { followLinks: false })?.bytes;
    if (ca === undefined) {
      resolve(false);
      return;
    }
    const request = get(
      `${url}/_notary_server/health`,
      { ca: Buffer.from(ca), agent: false, timeout: answerWithin },
      (answer) => {
        answer.resume();
        answer.once('close', () => resolve(answer.statusCode === 200 && answer.complete));
      },
    );
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}

/** As `Sandbox.stop`. */
export async function stopSandbox(folder: string): Promise<boolean> {
  const holder = holderOf(folder);
  if (holder === undefined) return false;
  signal(folder, holder);
  const start = performance.now();
  while (isThere(folder, holder.owner)) {
    if (performance.now() - start > endWithin) throw stillThere(folder, holder.owner);
    await new Promise((resolve) => void setTimeout(resolve, poll));
  }
  return true;
}

function signal(folder: string, { owner }: Holder): void {
  const { pid } = owner;
  if (hasDied(owner) === undefined)
    throw failed(folder, owner, 'it runs on another machine or in another container');
  try {
    process.kill(pid, 'SIGTERM');
  } catch (cause) {
    // It has ended since we looked.
    if (hasDied(owner) !== true) throw failed(folder, owner, systemReason(cause));
  }
}

function isThere(folder: string, { id }: LockOwner): boolean {
  return holderOf(folder)?.owner.id === id;
}

function stillThere(folder: string, owner: LockOwner): NotaryError {
  return failed(folder, owner, `it has not ended within ${endWithin / 1000} seconds`);
}

function failed(folder: string, { pid }: LockOwner, reason: string): NotaryError {
  return new NotaryError(
    'SANDBOX_FAILED',
    `cannot stop the sandbox of ${folder}, process ${pid}: ${reason}`,
    {
      details: { folder, pid },
      hint: `End process ${pid} yourself; what the sandbox has accepted is on disk, however it ends.`,
    },
  );
}
