/**
 * Runs the genuine programs and tsnotary as a person at a shell would: a process with arguments,
 * standard input, an environment of its own, and an exit status.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { adopt } from './scratch.ts';

/** The programs a test may run. `tsnotary` is this project's own, from its build. */
export type Program = 'notary' | 'tsnotary' | 'docker' | 'openssl' | 'sh';

export interface RunOptions {
  /** Standard input; empty when absent. */
  readonly input?: string | Uint8Array;
  /** The whole environment but PATH; nothing is inherited from the caller. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Milliseconds after which the program is killed (default 60,000). */
  readonly timeout?: number;
}

export interface Outcome {
  /** Exit status; 128 + signal number when a signal ended the program, as shells count. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutBytes: Buffer;
}

function findRepository(): string {
  let folder = import.meta.dirname;
  while (!isOurs(folder)) {
    if (folder === dirname(folder)) throw new Error('package.json of tsnotary not found');
    folder = dirname(folder);
  }
  return folder;
}

function isOurs(folder: string): boolean {
  const file = join(folder, 'package.json');
  return existsSync(file) && readFileSync(file, 'utf8').includes('"name": "tsnotary"');
}

/** The top directory of this project, also when this code runs from a bundle elsewhere inside it. */
export const repository = findRepository();

/** tsnotary's start file. `TSNOTARY_PROGRAM` names another, a build kept apart from `dist/`. */
const ownProgram = process.env['TSNOTARY_PROGRAM'] ?? join(repository, 'bin/tsnotary.js');

/** `TSNOTARY_EXECUTABLE` names a file that is run as it is, without a Node: the standalone executable. */
const ownExecutable = process.env['TSNOTARY_EXECUTABLE'];

/** The command line that starts a program. */
export function commandOf(program: Program): readonly string[] {
  if (program !== 'tsnotary') return [program];
  return ownExecutable === undefined ? [process.execPath, ownProgram] : [ownExecutable];
}

function onPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** True when all the named programs are installed; suites skip themselves otherwise. */
export function available(...programs: readonly string[]): boolean {
  return programs.every((program) => program === 'tsnotary' || onPath(program));
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** What every program sees: a fixed locale and time zone, and the caller's PATH. */
export function cleanEnvironment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', TZ: 'UTC', SHELL: '/bin/sh', ...env };
}

/** Runs a program to its end. Never throws on a failing status. */
export async function run(
  program: Program,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const [command = '', ...first] = commandOf(program);
  const child = spawn(command, [...first, ...args], {
    env: cleanEnvironment(options.env),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    timeout: options.timeout ?? 60_000,
    killSignal: 'SIGKILL',
  });
  adopt(child);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that ends without reading its input is no failure of the test.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const stdoutBytes = Buffer.concat(stdout);
      resolve({
        status: code ?? 128 + (signalNumbers[signal ?? ''] ?? 0),
        stdout: stdoutBytes.toString(),
        stderr: Buffer.concat(stderr).toString(),
        stdoutBytes,
      });
    });
  });
}

/** Runs a program that must succeed. Throws an Error that shows all its output otherwise. */
export async function mustRun(
  program: Program,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const outcome = await run(program, args, options);
  if (outcome.status === 0) return outcome;
  throw new Error(
    `${program} ${args.join(' ')}: status ${outcome.status}\n${outcome.stdout}\n${outcome.stderr}`,
  );
}
