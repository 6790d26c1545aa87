/**
 * A vitest reporter that ends a run which does not go on. Vitest's own time-outs need the event loop of the
 * process that runs the test: where a test waits in a call that blocks it (a program that never ends, a FIFO
 * that nobody writes to), nothing would ever say which. Here the file and its test are named, and the run fails.
 */
import { execFileSync } from 'node:child_process';
import { writeSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import { closingLines } from './count-reporter.ts';

/** Where a file is, and since when, in milliseconds of the epoch. */
interface Position {
  readonly test: string;
  readonly since: number;
}

/** The processes below one, as Linux and macOS list them. */
function processesBelow(pid: number): readonly number[] {
  const parents = new Map(
    execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8', timeout: 10_000 })
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]),
  );
  const isBelow = (child: number): boolean => {
    const parent = parents.get(child);
    return parent === pid || (parent !== undefined && isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow);
}

function killProcessesBelow(): void {
  for (const pid of processesBelow(process.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** Ends the run with status 1 once no test of a file has begun or ended for so many minutes. */
export default class StuckReporter implements Reporter {
  readonly #minutes: number;
  readonly #positions = new Map<TestModule, Position>();
  #vitest: Vitest | undefined;

  constructor({ minutes = 15 }: { readonly minutes?: number } = {}) {
    this.#minutes = minutes;
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
    setInterval(() => this.#check(), this.#minutes * 6_000).unref();
  }

  onTestModuleQueued(module: TestModule): void {
    this.#note(module, 'before its first test');
  }

  onTestCaseReady(test: TestCase): void {
    this.#note(test.module, test.fullName);
  }

  onTestCaseResult(test: TestCase): void {
    this.#note(test.module, `after ${test.fullName}`);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#positions.delete(module);
  }

  #note(module: TestModule, test: string): void {
    for (const one of this.#positions.keys())
      if (one.moduleId === module.moduleId) this.#positions.delete(one);
    this.#positions.set(module, { test, since: Date.now() });
  }

  #check(): void {
    const limit = Date.now() - this.#minutes * 60_000;
    const stuck = [...this.#positions].filter(([, { since }]) => since < limit);
    if (stuck.length === 0) return;
    for (const [module, { test }] of stuck)
      writeSync(1, `stuck for ${this.#minutes} minutes: ${module.relativeModuleId}, last heard of ${test}\n`);
    killProcessesBelow();
    writeSync(1, closingLines(this.#vitest?.state.getTestModules() ?? [], stuck.length));
    process.exit(1);
  }
}
