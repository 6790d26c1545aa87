/** What a command loads decides how long it takes to begin. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available, repository } from '../support/genuine/programs.ts';
import { openShell } from '../support/genuine/pseudo-terminal.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';

/** Names every file of the program and every module of Node that is asked for, on descriptor 3. */
const preload = `
const fs = require('node:fs');
const { Module } = require('node:module');
const names = new Set();
const read = fs.readFileSync;
fs.readFileSync = (path, ...rest) => {
  const name = /dist.(?:chunks.)?([^/]+)\\.cjs$/.exec(String(path))?.[1];
  if (name !== undefined) names.add(name.replace(/-.{8}$/, ''));
  return read(path, ...rest);
};
const load = Module._load;
Module._load = function (id, ...rest) {
  if (Module.isBuiltin(id)) names.add('node:' + id.replace(/^node:/, ''));
  return load.call(this, id, ...rest);
};
const builtin = process.getBuiltinModule;
process.getBuiltinModule = (id) => {
  if (id === 'node:tty') names.add(id);
  return builtin.call(process, id);
};
process.on('exit', () => fs.writeSync(3, [...names].sort().join('\\n')));
`;

/** Chunks in which there is code of a package that only some commands want. */
const withInquirer = 'line-question';
const withTables = 'fact-table';

let home: string;
beforeAll(() => {
  home = makeScratch();
  writeFileSync(join(home, 'preload.cjs'), preload);
});
afterAll(() => removeScratch(home));

function loadedBy(...words: readonly string[]): readonly string[] {
  return loadedWith('pipe', words);
}

/** @param stdout where standard output goes: /dev/null is a device, as a terminal is */
function loadedWith(stdout: 'pipe' | 'ignore', words: readonly string[]): readonly string[] {
  const { output } = spawnSync(
    process.execPath,
    ['--require', join(home, 'preload.cjs'), join(repository, 'bin/tsnotary.js'), ...words],
    { env: { HOME: home }, stdio: ['ignore', stdout, 'pipe', 'pipe'], encoding: 'utf8' },
  );
  return (output[3] ?? '').split('\n');
}

const light = [
  'node:events',
  'node:fs',
  'node:path',
  'node:process',
  'node:vm',
  'tsnotary',
  'rolldown-runtime',
];
describe('what is loaded', () => {
  it('version loads the entry alone, and of Node only what every start has', () => {
    expect(loadedBy('version').filter((name) => !light.includes(name))).toEqual([]);
  });

  it('version asks no device whether it is a terminal', () => {
    expect(loadedWith('ignore', ['version']).filter((name) => !light.includes(name))).toEqual([]);
  });

  it.each([
    ['the help of a command', ['delegation', 'add', '--help'], ['delegations', 'help-screen', 'wrap']],
    ['a guide', ['help', 'key'], ['guides', 'help-screen', 'wrap']],
    ['a usage screen', ['add', 'gun'], ['help-screen', 'wrap']],
  ])('the program loads for %s only what it shows, besides the entry', (_, words, shown) => {
    expect(loadedBy(...words).filter((name) => !light.includes(name))).toEqual(shown);
  });

  it.each([
    ['key list', ['key', 'list']],
    ['status', ['status', 'example.com/gun']],
  ] as const)(
    'the program loads for %s only what that needs, once it has looked at this machine',
    (_, words) => {
      expect(loadedBy(...words).filter((name) => !light.includes(name))).toEqual([]);
    },
  );

  it.each([
    ['inquirer', withInquirer, 'registerPrompt'],
    ['cli-table3', withTables, 'colWidths'],
  ])('of %s is in one chunk', (_, chunk, word) => {
    const folder = join(repository, 'dist');
    const files = [...readdirSync(join(folder, 'chunks')).map((name) => `chunks/${name}`), 'tsnotary.cjs'];
    const code = files.filter((name) => name.endsWith('.cjs'));
    const having = code.filter((name) => readFileSync(join(folder, name), 'latin1').includes(word));
    expect(having.map((name) => name.replace(/^chunks\/|-.{8}\.cjs$/g, ''))).toEqual([chunk]);
  });

  it.each([
    ['version', ['version']],
    ['key list', ['key', 'list']],
    ['status', ['status', 'example.com/gun']],
    ['a question on a pipe', ['delegation', 'remove', 'example.com/gun', 'targets/x']],
    ['a question with -y', ['delegation', 'remove', 'example.com/gun', 'targets/x', '-y']],
  ] as const)('for %s is neither inquirer nor cli-table3', (_, words) => {
    const loaded = loadedBy(...words);
    expect(loaded).toContain('tsnotary');
    expect(loaded).not.toContain(withInquirer);
    expect(loaded).not.toContain(withTables);
  });

  it('of yaml is nothing for a command that needs no names, although there is a file of them', () => {
    const folder = join(repository, 'dist/chunks');
    const named = (name: string) => name.replace(/-.{8}\.cjs$/, '');
    const withYaml = readdirSync(folder)
      .filter((name) => name.endsWith('.cjs'))
      .filter((name) =>
        readFileSync(join(folder, name), 'latin1').includes('Nested mappings are not allowed'),
      )
      .map(named);
    expect(withYaml).toHaveLength(1);
    const [yaml = ''] = withYaml;
    const id = 'f'.repeat(64);
    expect(loadedBy('collaborator', 'add', 'bob', id)).toContain(yaml);
    expect(loadedBy('delegation', 'purge', 'example.com/gun', '--key', 'bob')).toContain(yaml);
    for (const words of [
      ['status', 'example.com/gun'],
      ['key', 'list'],
      ['delegation', 'remove', 'example.com/gun', 'targets/x', id],
      ['delegation', 'purge', 'example.com/gun', '--key', id],
      ['key', 'remove', id, '-y'],
    ])
      expect([words, loadedBy(...words).includes(yaml)]).toEqual([words, false]);
  });

  it('for sandbox status is cli-table3 only where it shows a table', () => {
    const folder = join(home, 'sandbox');
    const sandbox = (...words: readonly string[]) => loadedBy('sandbox', ...words, '--dir', folder);
    sandbox('start', '--detach', '--port', '0');
    try {
      expect(sandbox('status', '--json')).not.toContain(withTables);
      expect(sandbox('status')).toContain(withTables);
    } finally {
      sandbox('stop');
    }
  });

  it.skipIf(!available('script'))('for a question on a terminal is inquirer', async () => {
    const program = ['--require', join(home, 'preload.cjs'), join(repository, 'bin/tsnotary.js')];
    const words = ['delegation', 'remove', 'example.com/gun', 'targets/x'];
    const line = [process.execPath, ...program, ...words].map((word) => `'${word}'`).join(' ');
    const terminal = openShell(`${line} 3>'${join(home, 'names')}'`, { env: { HOME: home } });
    await terminal.waitFor('(yes/no)\n');
    terminal.answer('no');
    await terminal.end();
    expect(readFileSync(join(home, 'names'), 'utf8').split('\n')).toContain(withInquirer);
  });

  it('list loads nothing that signs', () => {
    const loaded = loadedBy('list', 'example.com/gun', '-s', 'https://127.0.0.1:9');
    expect(loaded).toContain('connect');
    const signing = [
      'verify-independently',
      'signing-certificate',
      'pkcs8-write',
      'publish',
      'node:child_process',
    ];
    expect(loaded).not.toContain('node:http2');
    expect(loaded.filter((name) => signing.includes(name))).toEqual([]);
  });

  it('the program never waits for itself: no two chunks need each other at once', () => {
    const folder = join(repository, 'dist/chunks');
    const needs = new Map(
      readdirSync(folder)
        .filter((name) => name.endsWith('.cjs'))
        .map((name) => [name, neededAtOnce(readFileSync(join(folder, name), 'utf8'))]),
    );
    const circles: string[] = [];
    const done = new Set<string>();
    const walk = (name: string, way: readonly string[]): void => {
      if (way.includes(name)) circles.push([...way, name].join(' > '));
      if (way.includes(name) || done.has(name)) return;
      for (const next of needs.get(name) ?? []) walk(next, [...way, name]);
      done.add(name);
    };
    for (const name of needs.keys()) walk(name, []);
    expect([...needs.values()].flat()).not.toEqual([]);
    expect(circles).toEqual([]);
  });
});

/** The chunks that a chunk requires while it is loaded; those behind a dynamic import come later. */
function neededAtOnce(code: string): readonly string[] {
  return [...code.matchAll(/(Promise\.resolve\(\)\.then\(\(\)=>)?require\([`'"]\.\/([^`'"]+)/g)]
    .filter(([, later]) => later === undefined)
    .map(([, , name = '']) => name);
}
