/** tsnotary as a process that a test can watch and send signals to. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, commandOf } from '../../support/genuine/programs.ts';
import { adopt } from '../../support/genuine/scratch.ts';

export interface Ended {
  /** Exit status, or the name of the signal that ended it. */
  readonly status: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  shown(): string;
}

/** Starts tsnotary; standard input stays open. */
export function startChild(args: readonly string[], env: Readonly<Record<string, string>>): Child {
  const [program = '', ...first] = commandOf('tsnotary');
  const child = spawn(program, [...first, ...args], { env: cleanEnvironment(env), timeout: 60_000 });
  adopt(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ status: code ?? signal ?? -1, stdout, stderr }));
  });
  return { process: child, ended, shown: () => stdout + stderr };
}

/** Waits until something is so; a test that waits for ever is ended by its own time limit. */
export async function until(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** All files and directories below a directory, as relative paths. */
export function below(folder: string): string[] {
  return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]).sort() : [];
}

/** The content of all files below a directory, in one. */
export function contents(folder: string): string {
  return below(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}
