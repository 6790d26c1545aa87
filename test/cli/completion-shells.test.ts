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

/** Names that a shell would read something into. */
const oddNames = [
  "it's",
  '$(touch evil)',
  'two  words',
  'q"uote',
  '`touch evil`',
  'semi;touch evil',
  'v&1',
  'wow!',
];

/** Metadata as this machine holds it; nothing of it is verified for completion. */
function hold(gun: string, targets: readonly string[]): void {
  const folder = join(home, '.notary/tuf', gun, 'metadata');
  mkdirSync(folder, { recursive: true });
  const meta = { hashes: { sha256: 'e3sVmiHG7t6plOmNLjgSiM1fS2OSNTAlZ2THC/JvtBY=' }, length: 1 };
  const signed = {
    ...{ _type: 'Targets', version: 1, expires: '2030-01-01T00:00:00Z' },
    delegations: {
      keys: {},
      roles: ['targets/releases', 'targets/qa'].map((name) => ({
        name,
        keyids: [],
        paths: [''],
        threshold: 1,
      })),
    },
    targets: Object.fromEntries(targets.map((name) => [name, meta])),
  };
  writeFileSync(join(folder, 'targets.json'), JSON.stringify({ signed, signatures: [] }));
}

/** Only what a script asks reaches the program; a command line that is run leaves its words behind. */
beforeAll(async () => {
  home = makeScratch();
  recorded = join(home, 'recorded');
  for (const folder of ['bin', 'work']) mkdirSync(join(home, folder));
  writeFileSync(join(home, 'work/payload.txt'), '');
  hold('localhost:5000/alice/demo', ['1.0', ...oddNames]);
  hold('docker.io/my place', ['only']);
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

const nameLines: typeof lines = [
  ['tsnotary list loc', ['list', 'localhost:5000/alice/demo']],
  ['tsnotary list localhost:5', ['list', 'localhost:5000/alice/demo']],
  ['tsnotary list localhost:', ['list', 'localhost:5000/alice/demo']],
  ['tsnotary list "localhost:5', ['list', 'localhost:5000/alice/demo']],
  ['tsnotary list docker.io/m', ['list', 'docker.io/my place']],
  ['tsnotary list docker.io/my\\ p', ['list', 'docker.io/my place']],
  ["tsnotary list 'docker.io/my p", ['list', 'docker.io/my place']],
  ['tsnotary lookup docker.io/my\\ place o', ['lookup', 'docker.io/my place', 'only']],
  [
    'tsnotary add localhost:5000/alice/demo x payload.txt --roles=targets/q',
    ['add', 'localhost:5000/alice/demo', 'x', 'payload.txt', '--roles=targets/qa'],
  ],
  [
    'tsnotary list localhost:5000/alice/demo -r targets,targets/rel',
    ['list', 'localhost:5000/alice/demo', '-r', 'targets,targets/releases'],
  ],
  [
    'tsnotary -d ~/.notary key rotate docker.io/my\\ place snap',
    ['-d', 'HOME/.notary', 'key', 'rotate', 'docker.io/my place', 'snapshot'],
  ],
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

  it.skipIf(!installed)('the script completes the names that this machine holds', async () => {
    const terminal = await session(shell, shell);
    for (const [typed, words] of nameLines) {
      terminal.type(`${typed}\t\r`);
      expect(
        (await wordsRun()).map((word) => word.replace(home, 'HOME')),
        typed,
      ).toEqual(words);
    }
    terminal.kill();
  });

  it.skipIf(!installed)('the script gives the shell no name that it would read something into', async () => {
    const evil = join(home, 'work/evil');
    const terminal = await session(shell, shell);
    for (const name of oddNames) {
      const start = name.slice(0, 2).replace(/[^a-z]/g, (letter) => `\\${letter}`);
      terminal.type(`tsnotary lookup localhost:5000/alice/demo ${start}\t\r`);
      expect(await wordsRun(), name).toEqual(['lookup', 'localhost:5000/alice/demo', name]);
    }
    for (const [typed, name] of [
      ['"\\$(t', '$(touch evil)'],
      ["'it", "it's"],
      ['"tw', 'two  words'],
      ['"q\\"', 'q"uote'],
    ]) {
      terminal.type(`tsnotary lookup localhost:5000/alice/demo ${typed}\t\r`);
      expect(await wordsRun(), typed).toEqual(['lookup', 'localhost:5000/alice/demo', name]);
    }
    expect(existsSync(evil)).toBe(false);
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

describe('beside completions that fish makes from the man page', () => {
  it.skipIf(!available('fish'))('the script for fish offers the flags of the command alone', async () => {
    const made = join(home, 'data/fish/generated_completions');
    mkdirSync(made, { recursive: true });
    const fromManPage = 'complete -c tsnotary -l all-paths -d Elsewhere\ncomplete -c tsnotary -l custom -r\n';
    writeFileSync(join(made, 'tsnotary.fish'), fromManPage);
    const asked = `${shells.fish.start.split(' ')[0]} -c "source ${join(home, 'fish')}; complete -C 'tsnotary list --'"`;
    const { stdout, stderr } = await run('sh', ['-c', asked], {
      env: {
        HOME: home,
        XDG_DATA_HOME: join(home, 'data'),
        PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`,
      },
    });
    expect(stderr).toBe('');
    expect(stdout).toContain('--roles\t');
    expect(stdout).not.toMatch(/--all-paths|--custom/);
  });
});
