/**
 * A vitest reporter whose last word, after everything else the run prints, is one line
 * `N passed, N failed, N skipped`. Skipped tests are named before it, so that a test which did not
 * run (because a genuine program is missing, say) is never overlooked.
 *
 * Everything that makes the run fail counts as failed: tests, files that cannot be loaded, suites
 * whose set-up throws, and errors outside of any test.
 */
import { writeSync } from 'node:fs';
import type { Reporter, TestModule, TestSuite } from 'vitest/node';

interface Count {
  passed: number;
  failed: number;
  readonly skipped: string[];
}

function countTests(module: TestModule, count: Count): void {
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') count.passed += 1;
    else if (state === 'failed') count.failed += 1;
    else count.skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
  }
}

function countBrokenSuites(module: TestModule, count: Count): void {
  const suites: (TestModule | TestSuite)[] = [module, ...module.children.allSuites()];
  count.failed += suites.filter((suite) => suite.errors().length > 0).length;
}

/** The lines that close a run: the skipped tests by name, then the count. */
export function closingLines(modules: readonly TestModule[], strayErrors: number): string {
  const count: Count = { passed: 0, failed: strayErrors, skipped: [] };
  for (const module of modules) {
    countTests(module, count);
    countBrokenSuites(module, count);
  }
  const names = count.skipped.map((name) => `skipped: ${name}`);
  const summary = `${count.passed} passed, ${count.failed} failed, ${count.skipped.length} skipped`;
  return [...names, summary, ''].join('\n');
}

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strayErrors: readonly unknown[]): void {
    const text = closingLines(modules, strayErrors.length);
    // Other reporters write until the process ends; only an exit handler comes after them all.
    process.once('exit', () => writeSync(1, text));
  }
}
