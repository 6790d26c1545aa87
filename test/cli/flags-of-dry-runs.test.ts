/** The flags that only count with --dry-run, and what is said of the clock when --at takes its place. */

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passphrases, type Served, serve } from './batch/served.ts';

const gun = 'docker.io/acme/app';
let served: Served;

beforeEach(async () => {
  served = await serve();
  await served.must(['init', gun, '-p']);
  await served.must(['addhash', gun, 'v1', '5', '--sha256', 'ab'.repeat(32)]);
});
afterEach(() => served.stop());

const run = (words: readonly string[]) => served.home.run(words, { env: passphrases });

describe('a flag that only counts with --dry-run', () => {
  it.each([
    ['publish', ['publish', gun, '--exit-code']],
    ['publish', ['publish', gun, '--full']],
    ['key rotate', ['key', 'rotate', gun, 'targets', '--exit-code']],
    ['delegation remove', ['delegation', 'remove', gun, 'targets/releases', '-y', '--exit-code']],
    ['delegation purge', ['delegation', 'purge', gun, '--key', 'ab'.repeat(32), '--full']],
    ['delegation revoke', ['delegation', 'revoke', gun, 'bob', '-y', '--exit-code']],
    ['renew', ['renew', gun, '-y', '--all-roles', '--exit-code']],
  ])('%s without it is refused, and nothing is sent or staged', async (_name, words) => {
    const before = served.requests.length;
    const { status, stdout } = await run(words);
    expect([status, stdout]).toEqual([1, expect.stringContaining('--dry-run') as string]);
    expect(served.requests).toHaveLength(before);
  });
});

describe('--at', () => {
  it.each([
    ['metadata that has expired by then', ['list', gun, '--at', '+1200d']],
    ['a root certificate that is not valid yet', ['list', gun, '--at', '2001-01-01', '-d', 'reader']],
  ])('the clock of the machine is not blamed for %s', async (_name, words) => {
    const { status, stderr } = await run(
      words.map((word) => (word === 'reader' ? join(served.home.folder, word) : word)),
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('It was read as of 20') as string]);
    expect(stderr).not.toContain('clock');
  });
});
