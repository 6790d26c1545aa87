/**
 * A vitest reporter whose last word, after everything else the run prints, is one line
 * `N passed, N failed, N skipped`. Skipped tests are named before it, so that a test which did not
 * run (because a genuine program is missing, say) is never overlooked.
 *
 * Everything that makes the run fail counts as failed: tests, files that cannot be loaded, suites
 * whose set-up throws, and errors outside of any test.
 *
 * Hostile cases, whose outermost `describe` begins with the ID of a group (`G13 a chain of roots`),
 * are counted by group as well, in a table before these lines. Tests that hold our server against the
 * genuine one note in `task.meta.compared` how many requests both were sent; their sum is a line, too.
 */
import { writeSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** How many requests were sent to our server and to the genuine one alike. */
    compared?: number;
  }
}

interface Count {
  passed: number;
  failed: number;
  readonly skipped: string[];
}

/** A group of hostile cases: what its suites are called, and how they went. */
interface Group extends Count {
  readonly titles: Set<string>;
}

const noTests = (): Count => ({ passed: 0, failed: 0, skipped: [] });

function countTest(test: TestCase, count: Count, module: TestModule): void {
  const { state } = test.result();
  if (state === 'passed') count.passed += 1;
  else if (state === 'failed') count.failed += 1;
  else count.skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
}

function countSuites(suites: Iterable<TestModule | TestSuite>, count: Count): void {
  count.failed += [...suites].filter((suite) => suite.errors().length > 0).length;
}

function countModules(modules: readonly TestModule[], strayErrors: number): Count {
  const count = { ...noTests(), failed: strayErrors };
  for (const module of modules) {
    for (const test of module.children.allTests()) countTest(test, count, module);
    countSuites([module, ...module.children.allSuites()], count);
  }
  return count;
}

/** Groups of hostile cases by number, in order. */
function groupsOf(modules: readonly TestModule[]): ReadonlyMap<number, Group> {
  const groups = new Map<number, Group>();
  for (const module of modules) {
    for (const suite of module.children.suites()) {
      const [, number, title = ''] = /^G(\d+)\b[\s:,.-]*(.*)$/.exec(suite.name) ?? [];
      if (number === undefined) continue;
      const group = groups.get(Number(number)) ?? { ...noTests(), titles: new Set<string>() };
      groups.set(Number(number), group);
      if (title !== '') group.titles.add(title);
      for (const test of suite.children.allTests()) countTest(test, group, module);
      countSuites([suite, ...suite.children.allSuites()], group);
    }
  }
  return new Map([...groups].sort(([a], [b]) => a - b));
}

const titleWidth = 60;

function shortened(titles: Iterable<string>): string {
  const all = [...titles].sort().join('; ');
  return all.length > titleWidth ? `${all.slice(0, titleWidth - 1)}…` : all;
}

/** The table of hostile cases by group; nothing when no such test ran. */
function table(groups: ReadonlyMap<number, Group>): readonly string[] {
  if (groups.size === 0) return [];
  const all = [...groups.values()];
  const sum = (number: (group: Group) => number) =>
    String(all.reduce((total, one) => total + number(one), 0));
  const rows = [
    ['group', 'cases', 'passed', 'failed', 'skipped'],
    ...[...groups].map(([number, { titles, passed, failed, skipped }]) => [
      `G${number}`,
      shortened(titles),
      ...[passed, failed, skipped.length].map(String),
    ]),
    ['all', '', sum((one) => one.passed), sum((one) => one.failed), sum((one) => one.skipped.length)],
  ];
  const line = ([id = '', title = '', ...counts]: readonly string[]) =>
    `${id.padEnd(5)}  ${title.padEnd(titleWidth)}  ${counts.map((count) => count.padStart(7)).join('  ')}`;
  return ['hostile cases by group', ...rows.map(line), ''];
}

/** How many requests two servers were sent alike; nothing when no such test ran. */
function comparedLine(modules: readonly TestModule[]): readonly string[] {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const sum = tests.reduce((total, test) => total + (test.meta().compared ?? 0), 0);
  return sum === 0 ? [] : [`requests sent to our server and to notary-server alike: ${sum}`, ''];
}

/** The lines that close a run: hostile cases by group, the skipped tests by name, then the count. */
export function closingLines(modules: readonly TestModule[], strayErrors: number): string {
  const { passed, failed, skipped } = countModules(modules, strayErrors);
  const names = skipped.map((name) => `skipped: ${name}`);
  const summary = `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
  return [...table(groupsOf(modules)), ...comparedLine(modules), ...names, summary, ''].join('\n');
}

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strayErrors: readonly unknown[]): void {
    const text = closingLines(modules, strayErrors.length);
    // Other reporters write until the process ends; only an exit handler comes after them all.
    process.once('exit', () => writeSync(1, text));
  }
}
