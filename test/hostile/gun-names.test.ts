/** Names of collections that would lead elsewhere, and deletions among names that nest. */

import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLocalCollection } from '../../src/adapters/fs/delete-local-data.ts';
import { openChangelist } from '../../src/adapters/fs/file-changelist.ts';
import { openMetadataStore } from '../../src/adapters/fs/file-metadata-store.ts';
import { httpRemoteStore } from '../../src/adapters/http/notary/remote-store.ts';
import { type Gun, parseGun } from '../../src/metadata/gun.ts';
import type { HttpRequest } from '../../src/ports/http.ts';
import { memoryClock, memoryLog } from '../support/memory-ports.ts';
import { scratchHome } from '../support/memory-system.ts';

let home: ReturnType<typeof scratchHome>;
beforeEach(() => {
  home = scratchHome();
});
afterEach(() => home.remove());

/** Everything below a directory, sorted. */
const below = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => (statSync(join(folder, name)).isDirectory() ? `${name}/` : name))
    .sort();

const bad = [
  ...[
    '',
    '.',
    '..',
    '/',
    '//',
    '../x',
    '../../private',
    'a/..',
    'a/../b',
    'a/../../b',
    './a',
    'a/.',
    'a/./b',
    '/a',
    '/etc/passwd',
  ],
  ...[
    'a//b',
    'a/',
    'a/b/',
    'a\u0000b',
    'a\nb',
    'a\rb',
    'a\tb',
    'a\u001b[2J',
    'a\u007f',
    'a\u0085b',
    'a\u009b31m',
    '\u0000',
  ],
  ...['x'.repeat(256), `${'x/'.repeat(127)}xyz`, 'ü'.repeat(128), '😀'.repeat(64)],
];

describe('G21 a GUN that leads elsewhere', () => {
  it.each(bad)('a GUN that leads elsewhere is refused before anything is touched: %j', async (gun) => {
    mkdirSync(join(home.folder, '.notary/private'), { recursive: true });
    writeFileSync(join(home.folder, '.notary/private/key.key'), 'key');
    const before = below(home.folder);
    for (const words of [
      ['delete', gun],
      ['status', gun],
      ['add', gun, 't', 'f'],
      ['reset', gun, '--all'],
      ['list', gun],
    ]) {
      const { status, stdout, stderr } = await home.run(words);
      expect([words[0], status]).toEqual([words[0], 1]);
      expect(stdout + stderr).toMatch(/invalid GUN/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }
    expect(below(home.folder)).toEqual(before);
  });

  const good = [
    ...[
      'a',
      'a/b',
      'docker.io/library/alpine',
      'localhost:5000/a',
      'a b',
      'A/B',
      'a.',
      '.a',
      '...',
      'a/...',
      '..a',
      'a..',
      '-a',
      '~',
      '$HOME',
      '%2e%2e',
      'a%2fb',
    ],
    ...[
      'a?b',
      'a#b',
      'a&b',
      'a;b',
      'a\\b',
      'a"b',
      "a'b",
      'a*',
      'ü',
      '😀',
      '\u202ea',
      'x'.repeat(255),
      '__proto__',
      'constructor',
      'metadata',
      'private',
    ],
  ];

  it.each(good)('a GUN that only looks so, %j, stays below its directory and its URL', async (text) => {
    const gun = parseGun(text);
    const trustDir = join(home.folder, 'trust');
    await openMetadataStore(trustDir, gun).set('root', Buffer.from('{}'));
    expect(below(trustDir).filter((name) => !name.endsWith('/'))).toEqual([`tuf/${text}/metadata/root.json`]);
    const asked: HttpRequest[] = [];
    const send = async (request: HttpRequest) => {
      asked.push(request);
      return { status: 200, headers: {}, body: new Uint8Array() };
    };
    await httpRemoteStore({ send, close: async () => undefined }, 'https://host', gun).get('root', 1);
    const { pathname, search, hash } = new URL(asked[0]?.url ?? '');
    expect([decodeURIComponent(pathname), search, hash]).toEqual([
      `/v2/${text}/_trust/tuf/root.json`,
      '',
      '',
    ]);
  });
});

describe('G21 delete among names that nest', () => {
  const names = ['a', 'a/b', 'a/b/c', 'ab', 'a/metadata', 'a/metadata/x', 'a/changelist', 'a/private', 'b/a'];
  const trustDir = () => join(home.folder, 'trust');

  const changelistOf = (gun: Gun) => openChangelist(trustDir(), gun, memoryClock(), () => 'id', memoryLog());

  async function keep(name: string): Promise<void> {
    const gun = parseGun(name);
    const store = openMetadataStore(trustDir(), gun);
    for (const role of ['root', 'targets', 'targets/r', 'targets/r/s'])
      await store.set(role, Buffer.from(`${role} of ${name}`));
    await changelistOf(gun).add(Buffer.from('{}'));
  }

  async function held(name: string): Promise<readonly unknown[]> {
    const gun = parseGun(name);
    const store = openMetadataStore(trustDir(), gun);
    const roles = await Promise.all(
      ['root', 'targets', 'targets/r', 'targets/r/s'].map((role) => store.get(role)),
    );
    const changes = await changelistOf(gun).list();
    return [
      ...roles.map((bytes) => (bytes === undefined ? undefined : Buffer.from(bytes).toString())),
      changes.length,
    ];
  }

  it.each(names)('delete of %s removes that collection and leaves all others and the keys', async (name) => {
    mkdirSync(join(trustDir(), 'private'), { recursive: true });
    writeFileSync(join(trustDir(), 'private/key.key'), 'key');
    for (const one of names) await keep(one);
    const before = new Map(await Promise.all(names.map(async (one) => [one, await held(one)] as const)));
    await openLocalCollection(trustDir(), parseGun(name)).remove();
    expect(await held(name)).toEqual([undefined, undefined, undefined, undefined, 0]);
    for (const one of names) if (one !== name) expect([one, await held(one)]).toEqual([one, before.get(one)]);
    expect(readdirSync(join(trustDir(), 'private'))).toEqual(['key.key']);
  });

  it('delete of all collections in any order leaves no directory', async () => {
    for (const order of [names, [...names].reverse()]) {
      for (const one of names) await keep(one);
      for (const one of order) await openLocalCollection(trustDir(), parseGun(one)).remove();
      expect(readdirSync(join(trustDir(), 'tuf'))).toEqual([]);
    }
  });
});
