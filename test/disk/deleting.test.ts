import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMetadataStore } from '../../src/adapters/fs/file-metadata-store.ts';
import { parseGun } from '../../src/metadata/gun.ts';
import { scratchHome } from '../support/memory-system.ts';

/** Names that nest in each other, in the names of directories too. */
const guns = [
  ...['a', 'a/b', 'a/b/c', 'a.b', 'ab', 'A', 'a/metadata', 'a/changelist', 'a/metadata/x', 'a/changelist/x'],
  ...['a/b/metadata', 'metadata', 'b', 'é/ü'],
];

describe('G21 delete touches exactly its directories', () => {
  let home: ReturnType<typeof scratchHome>;
  let trustDir = '';
  const run = (...words: readonly string[]) =>
    home.run([...words, '-d', trustDir, '-s', 'https://localhost:1']);

  beforeAll(async () => {
    home = scratchHome();
    trustDir = join(home.folder, 'trust');
    writeFileSync(join(home.folder, 'payload'), 'payload');
    for (const gun of guns) {
      await run('add', gun, `target of ${gun}`, 'payload');
      const store = openMetadataStore(trustDir, parseGun(gun));
      for (const role of ['root', 'targets', 'targets/releases', 'targets/releases/deep'])
        await store.set(role, Buffer.from(`${role} of ${gun}`));
    }
    mkdirSync(join(trustDir, 'private'), { recursive: true });
    writeFileSync(join(trustDir, 'private', 'key.key'), 'key');
    cpSync(trustDir, `${trustDir}-full`, { recursive: true });
  });
  beforeEach(() => {
    rmSync(trustDir, { recursive: true });
    cpSync(`${trustDir}-full`, trustDir, { recursive: true });
  });
  afterAll(() => home.remove());

  /** What every file below the trust directory holds. */
  function files(): ReadonlyMap<string, string> {
    const names = readdirSync(trustDir, {
      recursive: true,
      encoding: 'utf8',
    }).sort();
    const regular = names.filter((name) => statSync(join(trustDir, name)).isFile());
    return new Map(regular.map((name) => [name, readFileSync(join(trustDir, name), 'utf8')]));
  }

  /** A file says whose it is. */
  const isOf = (gun: string) => (content: string) =>
    content.endsWith(` of ${gun}`) || content.includes(`"path":"target of ${gun}"`);

  it.each(guns)('delete removes all of %s, and nothing of any other collection', async (gun) => {
    const before = files();
    expect([...before.values()].filter(isOf(gun))).toHaveLength(5);
    expect(await run('delete', gun)).toMatchObject({ status: 0 });
    const expected = [...before].filter(([, content]) => !isOf(gun)(content));
    expect(files()).toEqual(new Map(expected));
    // Whoever had something staged still has.
    for (const other of guns.filter((name) => name !== gun))
      expect((await run('status', other)).stdout).toContain(`target of ${other}`);
  });

  it('delete removes one collection after the other, until no directory is left', async () => {
    for (const gun of guns) expect(await run('delete', gun)).toMatchObject({ status: 0 });
    expect(readdirSync(join(trustDir, 'tuf'))).toEqual([]);
    expect([...files().keys()]).toEqual(['private/key.key']);
  });

  it.each([
    '..',
    '.',
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    'a/..',
    '../trust',
    'a/../..',
    'a/./b',
    '../private',
    'a\nb',
  ])('delete refuses the name %j and removes nothing', async (gun) => {
    const before = files();
    const { status, stdout } = await run('delete', gun);
    expect(status).toBe(1);
    expect(stdout).toContain('* fatal: invalid GUN');
    expect(files()).toEqual(before);
  });

  it.each(['metadata', 'changelist'])(
    'delete leaves alone what a link in place of %s leads to',
    async (name) => {
      const elsewhere = mkdtempSync(join(tmpdir(), 'tsnotary-'));
      writeFileSync(join(elsewhere, 'precious.json'), 'precious');
      const folder = join(trustDir, 'tuf/b', name);
      rmSync(folder, { recursive: true });
      symlinkSync(elsewhere, folder);
      expect(await run('delete', 'b')).toMatchObject({ status: 0 });
      expect([existsSync(folder), readdirSync(elsewhere)]).toEqual([false, ['precious.json']]);
      rmSync(elsewhere, { recursive: true });
    },
  );
});
