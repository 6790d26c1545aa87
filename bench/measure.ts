/** One run of a program: how long it took, the most memory it held, what it asked of the server. */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Home } from '../test/support/genuine/home.ts';
import { commandOf, type Program } from '../test/support/genuine/programs.ts';
import type { Stage } from '../test/support/genuine/stage.ts';

export interface Measure {
  readonly milliseconds: number;
  /** Peak resident memory in MiB; of short runs an estimate from below. */
  readonly mebibytes: number;
  readonly connections: number;
  readonly requests: number;
}

export type Counted = Pick<Stage, 'server'> & { readonly connections: () => number };

/** Runs a command of a person to its end, output thrown away. @throws Error when its status is not 0 */
export async function measure(
  stage: Counted | undefined,
  home: Pick<Home, 'env' | 'work'>,
  program: Program | readonly string[],
  args: readonly string[],
): Promise<Measure> {
  const before = await count(stage);
  const { milliseconds, mebibytes } = await timed(home, program, args);
  const after = await count(stage);
  return {
    milliseconds,
    mebibytes,
    connections: after.connections - before.connections,
    requests: after.requests - before.requests,
  };
}

async function count(stage: Counted | undefined) {
  if (stage === undefined) return { connections: 0, requests: 0 };
  return { connections: stage.connections(), requests: (await stage.server.requests()).length };
}

function timed(
  { env, work }: Pick<Home, 'env' | 'work'>,
  program: Program | readonly string[],
  args: readonly string[],
): Promise<{ milliseconds: number; mebibytes: number }> {
  const [command = '', ...first] = typeof program === 'string' ? commandOf(program) : program;
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, [...first, ...args], {
      cwd: work,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    let mebibytes = 0;
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    const watch = setInterval(() => {
      mebibytes = Math.max(mebibytes, peakOf(child.pid ?? 0));
    }, 20);
    child.on('error', reject);
    child.on('exit', (status) => {
      const milliseconds = performance.now() - start;
      clearInterval(watch);
      if (status === 0) resolve({ milliseconds, mebibytes });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${String(status)}:\n${complaint}`));
    });
  });
}

function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** The medians of several runs. */
export function middle(measures: readonly Measure[]): Measure {
  const of = (figure: (one: Measure) => number) => median(measures.map(figure));
  return {
    milliseconds: of((one) => one.milliseconds),
    mebibytes: of((one) => one.mebibytes),
    connections: of((one) => one.connections),
    requests: of((one) => one.requests),
  };
}
