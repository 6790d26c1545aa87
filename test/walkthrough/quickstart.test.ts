/** The quickstart on a machine that has Node and nothing else, and what it leaves behind: nothing. */

import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { accepts } from '../support/genuine/notary-server.ts';
import { repository } from '../support/genuine/programs.ts';
import { adopt, makeScratch, removeScratch } from '../support/genuine/scratch.ts';

let folder: string;
beforeEach(() => {
  folder = makeScratch();
  for (const name of ['bin', 'tmp']) mkdirSync(join(folder, name));
  symlinkSync(process.execPath, join(folder, 'bin/node'));
});
afterEach(() => removeScratch(folder));

function start() {
  const words = [join(repository, 'scripts/run-ts.mjs'), join(repository, 'test/walkthrough/quickstart.ts')];
  const child = spawn(process.execPath, words, {
    env: { PATH: join(folder, 'bin'), TMPDIR: join(folder, 'tmp'), HOME: join(folder, 'home') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  adopt(child);
  const shown = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => (shown.text += piece.toString()));
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', (status) => resolve(status)));
  return { child, shown, ended };
}

/** Resolves when the text is shown; rejects when the program ends before. */
function showing({ child, shown, ended }: ReturnType<typeof start>, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout.on('data', () => {
      if (shown.text.includes(text)) resolve();
    });
    void ended.then((status) => reject(new Error(`ended with status ${String(status)}\n${shown.text}`)));
  });
}

function portIn(text: string): number {
  return Number(/https:\/\/localhost:(\d+)/.exec(text)?.[1]);
}

async function expectNothingLeft(text: string): Promise<void> {
  expect(portIn(text)).toBeGreaterThan(0);
  // A server that was killed is gone a moment later.
  await expect.poll(() => accepts(portIn(text)), { timeout: 20_000 }).toBe(false);
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
}

it('the quickstart works through the whole page without openssl, in a pipe, and says where to go next', async () => {
  const { shown, ended } = start();
  expect([await ended, shown.text]).toEqual([0, expect.stringContaining('Where to go next:')]);
  expect(shown.text).toContain('collaborator$ tsnotary sandbox certificate delegation');
  expect(shown.text).not.toContain('$ openssl');
  expect(shown.text).toContain('Proved by a second reader with an empty cache: bob is in no role');
  expect(shown.text).toMatch(/^1\.0 +[0-9a-f]{64} +12 +targets\/releases$/m);
  expect(shown.text).toMatch(/\n41 steps, each ended as it should, in \d+\.\d s\. The server has ended\.\n/);
  expect(shown.text).not.toContain('\x1b');
  await expectNothingLeft(shown.text);
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('the quickstart cleans up when it is interrupted: %s', async (signal, status) => {
  const running = start();
  await showing(running, 'What is staged?');
  running.child.kill(signal);
  expect(await running.ended).toBe(status);
  expect(running.shown.text).not.toContain('Where to go next');
  await expectNothingLeft(running.shown.text);
});

it('the quickstart cleans up when its reader goes away', async () => {
  const running = start();
  await showing(running, 'What is staged?');
  running.child.stdout.destroy();
  running.child.stderr.destroy();
  expect(await running.ended).toBe(1);
  await expectNothingLeft(running.shown.text);
});
