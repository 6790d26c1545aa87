/**
 * Runs the passphrase command: a program that prints one passphrase. No shell is between, and nothing that it prints
 * reaches a message.
 */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { systemReason } from '../../go/errno.ts';

/** What the program printed, or why there is nothing: a predicate (`ended with status 1`) without its output. */
export type CommandOutcome =
  | { readonly kind: 'printed'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly reason: string };

export interface PassphraseCommand {
  readonly program: string;
  readonly words: readonly string[];
  /** Added to the environment of this process, from which the passphrases have been taken. */
  readonly variables: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout: number;
  readonly maxBytes: number;
}

type Child = ChildProcessByStdio<null, Readable, null>;

const ending = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs it in a process group of its own, so that what it has started ends with it when the time is up, when it prints
 * too much, and when this process is ended meanwhile. It has no standard input and no terminal. Its standard error goes
 * nowhere: it may repeat the secret there.
 */
export function runPassphraseCommand(command: PassphraseCommand): Promise<CommandOutcome> {
  const { program, words, variables, timeout, maxBytes } = command;
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let length = 0;
    let child: Child;
    const settle = (outcome: CommandOutcome): void => {
      clearTimeout(timer);
      for (const signal of ending) process.removeListener(signal, interrupted);
      resolve(outcome);
    };
    const giveUp = (reason: string): void => {
      killGroup(child);
      child.stdout.destroy();
      settle({ kind: 'failed', reason });
    };
    const interrupted = (signal: NodeJS.Signals): void => {
      giveUp(`was ended by ${signal}`);
      process.kill(process.pid, signal);
    };
    const timer = setTimeout(() => giveUp(`did not end within ${timeout / 1000} seconds`), timeout);
    try {
      child = spawn(program, words, {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, ...variables },
        detached: process.platform !== 'win32',
        windowsHide: true,
      });
    } catch {
      // Node refuses words with a zero byte at once, and its message repeats them.
      settle({ kind: 'failed', reason: 'cannot be run: a word of it holds a zero byte' });
      return;
    }
    for (const signal of ending) process.on(signal, interrupted);
    child.stdout.on('data', (piece: Buffer) => {
      pieces.push(piece);
      length += piece.length;
      if (length > maxBytes) giveUp('printed more than a passphrase can be');
    });
    child.once('error', (cause) =>
      settle({ kind: 'failed', reason: `cannot be run: ${systemReason(cause)}` }),
    );
    child.once('close', (status, signal) => {
      if (status === 0) settle({ kind: 'printed', bytes: Buffer.concat(pieces) });
      else settle({ kind: 'failed', reason: endOf(status, signal) });
    });
  });
}

function endOf(status: number | null, signal: NodeJS.Signals | null): string {
  return status === null ? `was ended by ${signal ?? 'a signal'}` : `ended with status ${status}`;
}

/** The program and all that it has started in its group; Windows has no groups, and there it is the program alone. */
function killGroup(child: Child): void {
  try {
    if (child.pid !== undefined && process.platform !== 'win32') process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
