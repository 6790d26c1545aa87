/** The reporter on a run of its own, with every way in which a test can fail to pass. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from './genuine/programs.ts';

const plain = {
  'mixed.test.ts': `
    import { beforeAll, describe, expect, it } from 'vitest';
    it('passes', () => {});
    it('fails', () => { expect(1).toBe(2); });
    it.skip('is left out', () => {});
    describe('broken set-up', () => {
      beforeAll(() => { throw new Error('no stage'); });
      it('never runs', () => {});
    });`,
  'unloadable.test.ts': "import './nosuch.ts';",
};

const hostile = {
  'first.test.ts': `
    import { beforeAll, describe, expect, it } from 'vitest';
    describe('G13 a chain of roots', () => {
      it('passes', () => {});
      describe('deeper', () => { it('fails', () => { expect(1).toBe(2); }); it.skip('waits', () => {}); });
    });
    describe('Gallery', () => { it('belongs to no group', () => {}); });
    describe('wrapped', () => { describe('G4 inside', () => { it('nor this', () => {}); }); });`,
  'second.test.ts': `
    import { describe, it } from 'vitest';
    describe('G2 statuses', () => { it('passes', () => {}); });
    describe('G13 pins', () => { it('passes', () => {}); it('passes too', () => {}); });`,
};

/** Runs the files with the reporter. */
function run(files: Readonly<Record<string, string>>) {
  mkdirSync(join(repository, '.scratch'), { recursive: true });
  const folder = mkdtempSync(join(repository, '.scratch/count-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const reporter = join(repository, 'test/support/count-reporter.ts');
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--root', folder, '--reporter=dot', `--reporter=${reporter}`];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return { stdout, status };
}

it('a run ends in its count, after the names of skipped tests; suites that cannot run count as failed', () => {
  const { stdout, status } = run(plain);
  expect(stdout.split('\n').slice(-4)).toEqual([
    'skipped: mixed.test.ts > is left out',
    'skipped: mixed.test.ts > broken set-up > never runs',
    '1 passed, 3 failed, 2 skipped',
    '',
  ]);
  expect(status).toBe(1);
  expect(stdout).not.toContain('hostile cases');
});

it('hostile cases are counted by group in a table before these lines', () => {
  const { stdout } = run(hostile);
  const lines = stdout.split('\n').slice(-9);
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['hostile cases by group'],
    ['group', 'cases', 'passed', 'failed', 'skipped'],
    ['G2', 'statuses', '1', '0', '0'],
    ['G13', 'a chain of roots; pins', '3', '1', '1'],
    ['all', '4', '1', '1'],
    [''],
    ['skipped: first.test.ts > G13 a chain of roots > deeper > waits'],
    ['6 passed, 1 failed, 1 skipped'],
    [''],
  ]);
});

it('requests that were sent to two servers alike are summed up before the count', () => {
  const compared = (number: number) =>
    `import { it } from 'vitest'; it('asks', ({ task }) => { task.meta.compared = ${number}; }); it('asks nothing', () => {});`;
  const { stdout } = run({ 'one.test.ts': compared(1200), 'other.test.ts': compared(34) });
  expect(stdout).toContain(
    'requests sent to our server and to notary-server alike: 1234\n\n4 passed, 0 failed, 0 skipped\n',
  );
});
