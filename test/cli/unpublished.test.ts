/** What `status` says of a collection of which nothing is published yet. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { passphrases, type Served, serve } from './batch/served.ts';

const gun = 'docker.io/alice/demo';
const said =
  /^time="[^"]*" level=warning msg="nothing is published yet: [^\n]* tsnotary publish docker\.io\/alice\/demo" code=NOT_PUBLISHED\n$/;

let served: Served;
beforeAll(async () => {
  served = await serve();
  await served.must(['init', gun]);
});
afterAll(() => served.stop());

const status = (...more: readonly string[]) => served.home.run(['status', gun, ...more]);

describe('reading a collection that was made on this machine', () => {
  it.each([
    ['list', ['list', gun]],
    ['lookup', ['lookup', gun, 'v1']],
    ['delegation list', ['delegation', 'list', gun]],
  ])('%s says that nothing is published yet, and how to publish it', async (_, words) => {
    const { status: ended, stderr } = await served.home.run(words);
    expect([ended, stderr]).toEqual([
      1,
      expect.stringMatching(/Nothing of it is published yet: .* tsnotary publish docker\.io\/alice\/demo/),
    ]);
  });

  it('list says nothing of that about a collection that is nowhere', async () => {
    const { status: ended, stderr } = await served.home.run(['list', 'docker.io/alice/nowhere']);
    expect([ended, stderr]).toEqual([1, '']);
  });
});

describe('status of a collection that was made on this machine', () => {
  it('status says beside its usual output that nothing is published yet, also when changes are staged', async () => {
    expect(await status()).toEqual({
      status: 0,
      stdout: `No unpublished changes for ${gun}\n`,
      stderr: expect.stringMatching(said) as string,
    });
    await served.must(['addhash', gun, 'v1', '1', '--sha256', '0'.repeat(64)]);
    expect((await status()).stderr).toMatch(said);
    const { stdout, stderr } = await status('--json', '--strict');
    expect(JSON.parse(stdout)).toMatchObject({ gun, changes: [{ path: 'v1' }] });
    expect(JSON.parse(stderr)).toMatchObject({ level: 'warning', code: 'NOT_PUBLISHED' });
  });

  it('status says nothing of that once it is published, nor to those who have only read it', async () => {
    await served.must(['publish', gun], { env: passphrases });
    expect((await status()).stderr).toBe('');
    rmSync(join(served.home.folder, '.notary/tuf'), { recursive: true });
    expect((await status()).stderr).toBe('');
    await served.must(['list', gun]);
    expect((await status()).stderr).toBe('');
  });

  it('status says nothing of that to a reader who was interrupted, nor for a damaged cache', async () => {
    const metadata = join(served.home.folder, '.notary/tuf', gun, 'metadata');
    for (const role of ['timestamp', 'snapshot', 'targets']) rmSync(join(metadata, `${role}.json`));
    expect((await status()).stderr).toBe('');
    writeFileSync(join(metadata, 'targets.json'), '{');
    expect((await status()).status).toBe(0);
  });
});
