/** Commands of `trust` that are killed, run on a full disk, or lose their reader: the next run goes on with the same keys. */

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { cleanEnvironment, commandOf, run } from '../support/genuine/programs.ts';
import { adopt, makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { type TrustRig, trustRig } from '../support/trust-rig.ts';

let rig: TrustRig;
let home: string;
beforeAll(async () => {
  rig = await trustRig(systemClock());
});
afterAll(() => rig.stop());

const trust = (...words: readonly string[]) =>
  run('tsnotary', ['trust', ...words], { env: { ...rig.env, HOME: home }, cwd: home });
const keys = (): readonly string[] => {
  const folder = join(home, '.docker/trust/private');
  return readdirSync(folder).filter((name) => name.endsWith('.key'));
};

/** Starts it, and sends the signal once the server has answered its first upload. */
async function stopAfterUpload(
  signal: NodeJS.Signals,
  path: string,
  words: readonly string[],
): Promise<void> {
  const [program = '', ...start] = commandOf('tsnotary');
  const env = cleanEnvironment({ ...rig.env, HOME: home });
  const child = spawn(program, [...start, 'trust', ...words], { env, cwd: home, stdio: 'ignore' });
  adopt(child);
  const ended = new Promise((resolve) => child.once('close', resolve));
  const isTaken = () =>
    rig.server.requests.some((one) => one.method === 'POST' && one.path.includes(`/${path}/`));
  while (!isTaken() && child.exitCode === null) await pause(0);
  child.kill(signal);
  await ended;
}

describe.each(['SIGKILL', 'SIGINT'] as const)('%s after the first upload', (signal) => {
  it(`a first signature is completed by the next run after ${signal}, with the keys that were made`, async () => {
    home = makeScratch();
    const path = `team/sign-${signal.toLowerCase()}`;
    const image = rig.image(path, '1');
    const words = ['sign', '--from-registry', '--signer', 'alice', image];
    await stopAfterUpload(signal, path, words);
    const before = keys();
    expect(before).toHaveLength(3);
    expect(await trust(...words)).toMatchObject({ status: 0, stderr: '' });
    expect(keys()).toEqual(before);
    expect((await trust('inspect', image)).stdout).toMatch(/"SignedTag": "1"[^]*"alice"/);
    removeScratch(home);
  });

  it(`a signer is added by the next run after ${signal}, with the keys that were made`, async () => {
    home = makeScratch();
    const path = `team/add-${signal.toLowerCase()}`;
    const image = rig.image(path, '1');
    await trust('key', 'generate', 'alice');
    const words = ['signer', 'add', '--key', 'alice.pub', 'alice', image];
    await stopAfterUpload(signal, path, words);
    const before = keys();
    expect((await trust(...words)).status).toBe(0);
    expect(keys()).toEqual(before);
    expect((await trust('sign', '--from-registry', image)).status).toBe(0);
    removeScratch(home);
  });
});

it('a reader of inspect who goes away early is no failure, and no text of one', async () => {
  home = makeScratch();
  const image = rig.image('team/pipe', '1');
  expect((await trust('sign', '--from-registry', '--signer', 'alice', image)).status).toBe(0);
  const program = [...commandOf('tsnotary'), 'trust', 'inspect', image].map((word) => `'${word}'`).join(' ');
  const line = `${program} | head -1; ${program} --pretty | true`;
  const { stdout, stderr } = await run('sh', ['-c', line], { env: { ...rig.env, HOME: home }, cwd: home });
  expect([stdout, stderr]).toEqual(['[\n', '']);
  removeScratch(home);
});

it('a first signature on a full disk leaves no key of the repository, and is made by the next run', async ({
  skip,
}) => {
  home = makeScratch();
  // Room for one key file and the directories.
  const mounted = await run('sh', ['-c', `mount -t tmpfs -o size=8k tmpfs ${home}`]);
  skip(mounted.status !== 0, 'mount is not permitted');
  try {
    const words = ['sign', '--from-registry', '--signer', 'alice', rig.image('team/full', '1')];
    const { status, stdout, stderr } = await trust(...words);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('no space left on device');
    expect(keys()).toHaveLength(1);
    await run('sh', ['-c', `mount -o remount,size=1m ${home}`]);
    expect((await trust(...words)).status).toBe(0);
    expect(keys()).toHaveLength(3);
  } finally {
    await run('sh', ['-c', `umount ${home}`]);
    removeScratch(home);
  }
});
