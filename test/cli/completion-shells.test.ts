/** The scripts of `completion` in the shells that they are for, typed into on a terminal. */

import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available, run } from '../support/genuine/programs.ts';
import { openShell, shellLine, type Terminal } from '../support/genuine/pseudo-terminal.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';

/** How each shell starts without anything of its user's. */
const shells = {
  bash: { start: 'bash --norc --noprofile -i', prepare: 'true' },
  zsh: { start: 'zsh -f -i', prepare: 'autoload -U compinit; compinit -u -D' },
  fish: { start: 'fish --no-config -i', prepare: 'true' },
} as const;

type Shell = keyof typeof shells;

let home: string;
let recorded: string;

/** Only what a script asks reaches the program; a command line that is run leaves its words behind. */
beforeAll(async () => {
  home = makeScratch();
  recorded = join(home, 'recorded');
  for (const folder of ['bin', 'work']) mkdirSync(join(home, folder));
  writeFileSync(join(home, 'work/payload.txt'), '');
  writeFileSync(
    join(home, 'bin/tsnotary'),
    [
      '#!/bin/sh',
      `case "$1" in __complete*) exec ${shellLine('tsnotary', [])} "$@" ;; esac`,
      `printf '%s\\n' "$@" >'${recorded}.part'; mv '${recorded}.part' '${recorded}'`,
    ].join('\n'),
  );
  chmodSync(join(home, 'bin/tsnotary'), 0o755);
  for (const shell of Object.keys(shells)) {
    writeFileSync(join(home, shell), (await run('tsnotary', ['completion', shell])).stdout);
    const bare = await run('tsnotary', ['completion', shell, '--no-descriptions']);
    writeFileSync(join(home, `${shell}-bare`), bare.stdout);
  }
});
afterAll(() => removeScratch(home));

async function session(shell: Shell, script: string): Promise<Terminal> {
  const terminal = openShell(shells[shell].start, {
    cwd: join(home, 'work'),
    env: { HOME: home, PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}` },
  });
  terminal.answer(`${shells[shell].prepare}; source ${join(home, script)}; tsnotary ready`);
  await wordsRun();
  return terminal;
}

/** The words of the command line that was run. */
async function wordsRun(): Promise<readonly string[]> {
  await expect.poll(() => existsSync(recorded), { timeout: 30_000, interval: 10 }).toBe(true);
  const words = readFileSync(recorded, 'utf8').trimEnd().split('\n');
  rmSync(recorded);
  return words;
}

/** What is typed before tab is pressed, and the words that the shell then runs. */
const lines: readonly (readonly [string, readonly string[]])[] = [
  ['tsnotary pub', ['publish']],
  ['tsnotary key rot', ['key', 'rotate']],
  ['tsnotary -D -s https://localhost:1/ loo', ['-D', '-s', 'https://localhost:1/', 'lookup']],
  ['tsnotary list localhost:5000/demo --ro', ['list', 'localhost:5000/demo', '--roles']],
  ['tsnotary help "key" im', ['help', 'key', 'import']],
  ['tsnotary add gun target pay', ['add', 'gun', 'target', 'payload.txt']],
  ['tsnotary add gun:1 target --custom=pay', ['add', 'gun:1', 'target', '--custom=payload.txt']],
  ['tsnotary add gun target --custom pay', ['add', 'gun', 'target', '--custom', 'payload.txt']],
  ['tsnotary key pay', ['key', 'pay']],
  ['~/bin/tsnotary key rot', ['key', 'rotate']],
];

describe.each(Object.keys(shells) as Shell[])('the script for %s', (shell) => {
  const installed = available('script', shell);

  it.skipIf(!installed)('the script completes commands, flags and names of files', async () => {
    const terminal = await session(shell, shell);
    for (const [typed, words] of lines) {
      terminal.type(`${typed}\t\r`);
      expect(await wordsRun(), typed).toEqual(words);
    }
    terminal.kill();
  });

  it.skipIf(!installed)('the script shows what commands and flags mean', async () => {
    const terminal = await session(shell, shell);
    terminal.type('tsnotary key r\t\t');
    await terminal.waitFor(/remove[^\n]*Deletes a private key/);
    await terminal.waitFor(/rotate[^\n]*Replaces the key/);
    terminal.kill();
  });

  it.skipIf(!installed)('the script shows names alone when that is wanted', async () => {
    const terminal = await session(shell, `${shell}-bare`);
    terminal.type('tsnotary key r\t\t');
    await terminal.waitFor(/remove[^\n]*rotate/);
    expect(terminal.shown()).not.toContain('Deletes');
    terminal.kill();
  });

  it.skipIf(!installed)('the script runs nothing that stands on the line', async () => {
    const evil = join(home, 'work/evil');
    rmSync(evil, { force: true });
    const terminal = await session(shell, shell);
    terminal.type('tsnotary -s "$(touch evil)" key ro\t\u0015');
    terminal.type('tsnotary done\r');
    expect(await wordsRun()).toEqual(['done']);
    expect(existsSync(evil)).toBe(false);
    terminal.kill();
  });
});
