/** A run in which a test blocks its whole process, so that vitest's own time-out cannot fail it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from './genuine/programs.ts';

const blocked = `
  import { execFileSync } from 'node:child_process';
  import { it } from 'vitest';
  it('waits for ever', () => { execFileSync('sleep', ['3571']); });`;

const config = `
  import StuckReporter from ${JSON.stringify(join(repository, 'test/support/stuck-reporter.ts'))};
  const reporters = ['dot', new StuckReporter({ minutes: 0.1 })];
  export default { test: { root: import.meta.dirname, pool: 'forks', reporters } };`;

it('a run that does not go on ends, names the file, counts it as failed, and leaves no process behind', () => {
  mkdirSync(join(repository, '.scratch'), { recursive: true });
  const folder = mkdtempSync(join(repository, '.scratch/stuck-'));
  writeFileSync(join(folder, 'blocked.test.ts'), blocked);
  writeFileSync(join(folder, 'vitest.config.mjs'), config);
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--config', join(folder, 'vitest.config.mjs')];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 });
  rmSync(folder, { recursive: true });
  expect(stdout).toMatch(/^stuck for 0\.1 minutes: blocked\.test\.ts, last heard of /m);
  expect(stdout).toMatch(/\n0 passed, 1 failed, \d skipped\n$/);
  expect(status).toBe(1);
  const { stdout: processes } = spawnSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8', timeout: 10_000 });
  expect(processes).not.toContain('sleep 3571');
});
