/** What a command loads decides how long it takes to begin. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../support/genuine/programs.ts';
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
process.on('exit', () => fs.writeSync(3, [...names].sort().join('\\n')));
`;

let home: string;
beforeAll(() => {
  home = makeScratch();
  writeFileSync(join(home, 'preload.cjs'), preload);
});
afterAll(() => removeScratch(home));

function loadedBy(...words: readonly string[]): readonly string[] {
  const { output } = spawnSync(
    process.execPath,
    ['--require', join(home, 'preload.cjs'), join(repository, 'bin/tsnotary.js'), ...words],
    { env: { HOME: home }, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], encoding: 'utf8' },
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
  it('for version is the entry, and nothing of Node but what every start has', () => {
    expect(loadedBy('version').filter((name) => !light.includes(name))).toEqual([]);
  });

  it.each([
    ['the help of a command', ['delegation', 'add', '--help'], ['delegations', 'help']],
    ['a guide', ['help', 'key'], ['guides', 'help']],
    ['a usage screen', ['add', 'gun'], ['help']],
  ])('for %s is what it shows, besides', (_, words, shown) => {
    expect(loadedBy(...words).filter((name) => !light.includes(name))).toEqual(shown);
  });

  it.each([
    ['key list', ['key', 'list']],
    ['status', ['status', 'example.com/gun']],
  ] as const)('for %s likewise, once the program has looked at this machine', (_, words) => {
    expect(loadedBy(...words).filter((name) => !light.includes(name))).toEqual([]);
  });

  it('for list is nothing that signs', () => {
    const loaded = loadedBy('list', 'example.com/gun', '-s', 'https://127.0.0.1:9');
    expect(loaded).toContain('connect');
    const signing = ['second-opinion', 'create-certificate', 'pkcs8-encode', 'publish', 'node:child_process'];
    expect(loaded).not.toContain('node:http2');
    expect(loaded.filter((name) => signing.includes(name))).toEqual([]);
  });
});
