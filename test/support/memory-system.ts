/** A process for `runCli`: streams that are kept, an environment of its own, files in a scratch directory. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemFiles } from '../../src/adapters/system/files.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import type { Environment, System } from '../../src/cli/spec/process.ts';
import { NotaryError } from '../../src/errors.ts';
import type { Output } from '../../src/ports/files.ts';
import type { Prompter } from '../../src/ports/prompts.ts';
import { memoryClock, scriptedPrompter, seededRandom } from './memory-ports.ts';

export interface MemoryOutput extends Output {
  readonly text: () => string;
}

/** An output that keeps what is written; with `full` it takes nothing, like a full disk. */
export function memoryOutput({ isTerminal = false, full = false } = {}): MemoryOutput {
  const chunks: Buffer[] = [];
  return {
    isTerminal,
    text: () => Buffer.concat(chunks).toString('utf8'),
    write: (chunk) => void chunks.push(Buffer.from(chunk)),
    flush: async () => {
      if (full) throw new NotaryError('FILE_UNWRITABLE', 'write /dev/stdout: no space left on device');
    },
  };
}

export function memoryEnvironment(variables: Readonly<Record<string, string>> = {}) {
  const held = new Map(Object.entries(variables));
  const environment: Environment = {
    get: (name) => held.get(name),
    take(name) {
      const value = held.get(name);
      held.delete(name);
      return value;
    },
    names: () => [...held.keys()],
  };
  return { environment, names: () => [...held.keys()] };
}

export interface Setting {
  readonly env?: Readonly<Record<string, string>>;
  readonly prompter?: Prompter;
  readonly stdin?: string;
  /** Standard output is a terminal. */
  readonly terminal?: boolean;
  /** Standard output takes nothing. */
  readonly full?: boolean;
  /** Streams of the test's own, to look at while the command runs. */
  readonly stdout?: MemoryOutput;
  readonly stderr?: MemoryOutput;
}

export interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The same person, who is shown the words of a confirmation. */
function shownOn(dialogue: Output, person: Prompter): Prompter {
  return {
    ...person,
    confirm: (question) => {
      dialogue.write(question);
      return person.confirm(question);
    },
  };
}

/**
 * A scratch directory, which is home and working directory, and a way to run commands in it.
 *
 * @param start what its clock says at first
 */
export function scratchHome(start?: Date) {
  const folder = mkdtempSync(join(tmpdir(), 'tsnotary-test-'));
  const clock = memoryClock(start);
  const run = async (words: readonly string[], setting: Setting = {}): Promise<Run> => {
    clock.advance(1000);
    const stdout =
      setting.stdout ?? memoryOutput({ isTerminal: setting.terminal ?? false, full: setting.full ?? false });
    const stderr = setting.stderr ?? memoryOutput();
    const system: System = {
      environment: memoryEnvironment({ HOME: folder, ...setting.env }).environment,
      stdout,
      stderr,
      prompter: (dialogue) => shownOn(dialogue, setting.prompter ?? scriptedPrompter([], false)),
      files: systemFiles(folder, async () => Buffer.from(setting.stdin ?? '')),
      clock,
      random: seededRandom(),
      build: { version: '1.2.3', commit: 'abc', runtime: 'none' },
    };
    const status = await runCli(words, system);
    return { status, stdout: stdout.text(), stderr: stderr.text() };
  };
  return { folder, run, clock, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
