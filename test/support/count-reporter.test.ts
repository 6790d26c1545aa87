/** The reporter on a run of its own, with every way in which a test can fail to pass. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from './genuine/programs.ts';

const files = {
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

it('a run ends in its count, after the names of skipped tests; suites that cannot run count as failed', () => {
  mkdirSync(join(repository, '.scratch'), { recursive: true });
  const folder = mkdtempSync(join(repository, '.scratch/count-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const reporter = join(repository, 'test/support/count-reporter.ts');
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--root', folder, '--reporter=dot', `--reporter=${reporter}`];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(stdout.split('\n').slice(-4)).toEqual([
    'skipped: mixed.test.ts > is left out',
    'skipped: mixed.test.ts > broken set-up > never runs',
    '1 passed, 3 failed, 2 skipped',
    '',
  ]);
  expect(status).toBe(1);
});
