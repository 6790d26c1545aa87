/** Starts a detached sandbox: a process of its own, which outlives the one that has started it. */

import { spawn } from 'node:child_process';
import { closeSync, fchmodSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { utf8 } from '../../encoding/bytes.ts';
import { asObject, asString, readJson } from '../../encoding/json.ts';
import type { ErrorCode } from '../../error-codes.ts';
import { NotaryError } from '../../errors.ts';
import type { SandboxAddress, SandboxOptions } from '../../ports/sandbox.ts';
import { makeFolder } from '../fs/atomic-write.ts';
import { fileError } from '../system/file-errors.ts';
import { findSandbox } from './locate.ts';
import { ownCommand } from './own-command.ts';
import { holderOf } from './sandbox-lock.ts';

/** All in milliseconds. */
const startWithin = 60_000;
const poll = 25;

const privateFile = 0o600;

/**
 * Starts this program once more, with its log messages in `sandbox.log` in the directory.
 *
 * @throws NotaryError SANDBOX_FAILED, or what the other process failed with; FILE_UNWRITABLE
 */
export async function detachSandbox(options: SandboxOptions): Promise<SandboxAddress> {
  const { folder, port, users } = options;
  if (folder === undefined) throw new TypeError('a sandbox in a process of its own needs a directory');
  makeFolder(folder);
  const log = join(folder, 'sandbox.log');
  const words = ['sandbox', 'start', '--json', '--dir', folder, '--port', String(port)];
  if (users !== undefined) words.push('--users', users);
  const from = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const child = startAgain(words, log);
  const start = performance.now();
  while (child.exitCode === null && child.signalCode === null) {
    if (holderOf(folder)?.owner.pid === child.pid) {
      const found = await findSandbox(folder);
      if (found?.answers === true) {
        child.unref();
        const { url, ca, pid } = found;
        return { url, ca, folder, pid };
      }
    }
    if (performance.now() - start > startWithin) {
      child.kill('SIGTERM');
      break;
    }
    await new Promise((resolve) => void setTimeout(resolve, poll));
  }
  throw reported(log, from) ?? failed(folder, log);
}

function startAgain(words: readonly string[], log: string) {
  let file: number;
  try {
    file = openSync(log, 'a', privateFile);
    fchmodSync(file, privateFile);
  } catch (cause) {
    throw fileError('FILE_UNWRITABLE', 'open', log, cause);
  }
  const [program, ...own] = ownCommand();
  try {
    return spawn(program, [...own, ...words], {
      detached: true,
      cwd: '/',
      stdio: ['ignore', 'ignore', file],
    });
  } finally {
    closeSync(file);
  }
}

/** The errors of a start, which this process reports again. */
const codes = [
  ...['SANDBOX_RUNNING', 'SANDBOX_DAMAGED', 'PORT_TAKEN', 'USERS_FILE_INVALID', 'NETWORK'],
  ...['FILE_UNREADABLE', 'FILE_UNWRITABLE'],
] as const satisfies readonly ErrorCode[];

/** The error that the other process has written to its log, from an offset on. */
function reported(log: string, from: number): NotaryError | undefined {
  try {
    const lines = readFileSync(log).subarray(from).toString('utf8').trim().split('\n');
    const error = asObject(asObject(readJson(utf8(lines.at(-1) ?? '')), 'record').get('error'), 'error');
    const text = (name: string) => asString(error.get(name), name);
    const code = codes.find((known) => known === text('code'));
    const details = [...asObject(error.get('details'), 'details')].filter(
      (entry): entry is [string, string | number] => ['string', 'number'].includes(typeof entry[1]),
    );
    if (code === undefined) return undefined;
    return new NotaryError(code, text('message'), {
      details: Object.fromEntries(details),
      ...(error.has('hint') && { hint: text('hint') }),
    });
  } catch {
    return undefined;
  }
}

function failed(folder: string, log: string): NotaryError {
  return new NotaryError('SANDBOX_FAILED', `the sandbox of ${folder} has not started`, {
    details: { folder, file: log },
    hint: `Its log is ${log}; without --detach the messages are shown here.`,
  });
}
