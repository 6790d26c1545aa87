import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openChangelist } from '../../../src/adapters/fs/file-changelist.ts';
import { openKeyStorage } from '../../../src/adapters/fs/file-key-storage.ts';
import { openMetadataStore } from '../../../src/adapters/fs/file-metadata-store.ts';
import { makeCollectionFolders, makeKeyFolder } from '../../../src/adapters/fs/trust-dir.ts';
import { utf8 } from '../../../src/encoding/bytes.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { memoryClock, memoryLog } from '../../support/memory-ports.ts';

const gun = parseGun('docker.io/lib/alpine');
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
const fifo = (path: string) => execFileSync('mkfifo', [path]);
const unreadable: unknown = expect.objectContaining({ code: 'FILE_UNREADABLE' });

let trustDir = '';
const at = (...parts: readonly string[]) => join(trustDir, ...parts);
beforeEach(() => {
  trustDir = mkdtempSync(join(tmpdir(), 'tsnotary-'));
});
afterEach(() => rmSync(trustDir, { recursive: true, force: true }));

describe('the directories of a trust directory', () => {
  test('the directories of a trust directory are those that opening a collection and the key store creates', () => {
    makeKeyFolder(trustDir);
    makeCollectionFolders(trustDir, gun);
    const made = ['private', 'tuf/docker.io/lib/alpine/metadata', 'tuf/docker.io/lib/alpine/changelist'];
    expect(made.map((name) => mode(at(name)))).toEqual(['700', '700', '700']);
    expect(readdirSync(at('tuf/docker.io/lib/alpine'))).toEqual(['changelist', 'metadata']);
  });

  test('the directories of a trust directory cannot be made where the trust directory is a file', () => {
    writeFileSync(at('file'), '');
    const refused = `mkdir ${at('file')}: not a directory`;
    expect(() => makeKeyFolder(at('file'))).toThrow(refused);
    expect(() => makeCollectionFolders(at('file'), gun)).toThrow(refused);
  });
});

describe('metadata in files', () => {
  const folder = () => at('tuf/docker.io/lib/alpine/metadata');

  test('metadata in files lies in a file per role, delegations in nested directories', async () => {
    const store = openMetadataStore(trustDir, gun);
    expect(existsSync(folder())).toBe(false);
    for (const role of ['root', 'targets', 'targets/releases', 'targets/releases/sub']) {
      expect(await store.get(role)).toBeUndefined();
      await store.set(role, utf8(role));
      expect(readFileSync(join(folder(), `${role}.json`), 'utf8')).toBe(role);
      expect(await store.get(role)).toEqual(Buffer.from(role));
      expect(store.location(role)).toBe(join(folder(), `${role}.json`));
    }
    expect(readdirSync(folder(), { recursive: true }).sort()).toEqual([
      'root.json',
      'targets',
      'targets.json',
      'targets/releases',
      'targets/releases.json',
      'targets/releases/sub.json',
    ]);
    expect([mode(join(folder(), 'targets')), mode(store.location('targets/releases'))]).toEqual([
      '700',
      '600',
    ]);
  });

  test.each(['../root', 'targets/../../x', '/etc/passwd', '', 'targets/', 'Root', 'targets/a\0'])(
    'the metadata store has no file for the role %j',
    async (role) => {
      const store = openMetadataStore(trustDir, gun);
      await expect(store.get(role)).rejects.toThrow(expect.objectContaining({ code: 'INVALID_ROLE' }));
      await expect(store.set(role, utf8('x'))).rejects.toThrow(
        expect.objectContaining({ code: 'INVALID_ROLE' }),
      );
    },
  );

  test('the metadata store refuses a FIFO, a directory and a file above 100 MiB by name, and follows links', async () => {
    const store = openMetadataStore(trustDir, gun);
    await store.set('root', utf8('root'));
    fifo(join(folder(), 'targets.json'));
    mkdirSync(join(folder(), 'snapshot.json'));
    writeFileSync(join(folder(), 'timestamp.json'), '');
    truncateSync(join(folder(), 'timestamp.json'), 100 * 1024 * 1024 + 1);
    mkdirSync(join(folder(), 'targets'));
    symlinkSync('../root.json', join(folder(), 'targets/link.json'));
    symlinkSync('/dev/zero', join(folder(), 'targets/zero.json'));
    await expect(store.get('targets')).rejects.toThrow(
      `read ${join(folder(), 'targets.json')}: not a regular file`,
    );
    await expect(store.get('targets/zero')).rejects.toThrow('not a regular file');
    await expect(store.get('snapshot')).rejects.toThrow(
      `read ${join(folder(), 'snapshot.json')}: is a directory`,
    );
    await expect(store.get('timestamp')).rejects.toThrow(unreadable);
    expect(await store.get('targets/link')).toEqual(Buffer.from('root'));
  });

  test('the metadata store reads a file of exactly 100 MiB', async () => {
    const store = openMetadataStore(trustDir, gun);
    await store.set('root', utf8(''));
    truncateSync(join(folder(), 'root.json'), 100 * 1024 * 1024);
    expect(await store.get('root')).toHaveLength(100 * 1024 * 1024);
  });
});

describe('a changelist in files', () => {
  const folder = () => at('tuf/docker.io/lib/alpine/changelist');
  let serial = 0;
  const uuid = () => `00000000-0000-4000-8000-${(serial++).toString().padStart(12, '0')}`;
  const open = (log = memoryLog()) =>
    openChangelist(trustDir, gun, memoryClock(new Date(1_795_355_321_633)), uuid, log);

  test('the changelist names files by 20 digits of nanoseconds and a UUID, mode 0600', async () => {
    const store = open();
    await store.add(utf8('one'));
    const [name = ''] = readdirSync(folder());
    expect(name).toMatch(
      /^01795355321633000000_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.change$/,
    );
    expect([mode(folder()), mode(join(folder(), name)), store.location]).toEqual(['700', '600', folder()]);
  });

  test('the changelist lists changes in the order of staging and removes them by name', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }),
        fc.nat(),
        async (contents, pick) => {
          rmSync(folder(), { recursive: true, force: true });
          makeCollectionFolders(trustDir, gun);
          const store = open();
          for (const content of contents) await store.add(content);
          const listed = await store.list();
          expect(listed.map(({ bytes }) => [...bytes])).toEqual(contents.map((content) => [...content]));
          expect(readdirSync(at('tuf/docker.io/lib/alpine'))).toEqual(['changelist', 'metadata']);
          if (listed.length === 0) return;
          const removed = listed[pick % listed.length]?.name ?? '';
          await store.remove([removed, removed]);
          expect((await store.list()).map(({ name }) => name)).toEqual(
            listed.map(({ name }) => name).filter((name) => name !== removed),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  test('the changelist is empty when its directory is missing', async () => {
    expect(await open().list()).toEqual([]);
    await open().remove(['gone.change']);
  });

  test('the changelist ignores every file that is no change file, with a warning that names it', async () => {
    const log = memoryLog();
    const store = open(log);
    await store.add(utf8('one'));
    for (const name of ['.DS_Store', 'x.tmp', 'change', 'x.change~'])
      writeFileSync(join(folder(), name), 'junk');
    mkdirSync(join(folder(), 'folder.change'));
    fifo(join(folder(), 'fifo.change'));
    symlinkSync('/dev/zero', join(folder(), 'zero.change'));
    symlinkSync('nowhere', join(folder(), 'broken.change'));
    expect((await store.list()).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['one']);
    expect([...log.messages('warn')].sort()).toEqual(
      [
        '.DS_Store',
        'broken.change',
        'change',
        'fifo.change',
        'folder.change',
        'x.change~',
        'x.tmp',
        'zero.change',
      ].map((name) => `not a change file, ignored: ${join(folder(), name)}`),
    );
    expect(log.records[0]?.code).toBe('FOREIGN_FILE');
    expect(await store.strays()).toEqual(
      ['broken.change', 'fifo.change', 'folder.change', 'zero.change'].map((name) => join(folder(), name)),
    );
  });

  test('the changelist lists a change that cannot be read as an empty one, so that it can be removed', async () => {
    const log = memoryLog();
    const store = open(log);
    await store.add(utf8('one'));
    writeFileSync(join(folder(), '0.change'), '');
    truncateSync(join(folder(), '0.change'), 100 * 1024 * 1024 + 1);
    const listed = await store.list();
    expect(listed.map(({ name, bytes }) => [name.length, bytes.length])).toEqual([
      [8, 0],
      [64, 3],
    ]);
    expect(log.messages('error')).toEqual([
      `read ${join(folder(), '0.change')}: larger than 104857600 bytes`,
    ]);
    await store.remove(['0.change']);
    expect(await store.list()).toHaveLength(1);
  });

  test.each(['../x.change', 'a/b.change', 'x', '', '.change\0.change'])(
    'the changelist removes nothing by the name %j',
    async (name) => {
      await expect(open().remove([name])).rejects.toThrow(
        expect.objectContaining({ code: 'INVALID_CHANGE' }),
      );
    },
  );

  test('the changelist keeps every change of two processes that stage at once', async () => {
    await Promise.all(
      [open(), open()].map(async (store) => {
        for (let count = 0; count < 50; count++) await store.add(utf8('x'));
      }),
    );
    expect(await open().list()).toHaveLength(100);
  });
});

describe('key files', () => {
  const folder = () => at('private');
  const open = (log = memoryLog()) => openKeyStorage(trustDir, log);

  test('key files are kept as <key ID>.key, mode 0600, and replaced and removed', async () => {
    const storage = open();
    expect([await storage.list(), await storage.get('id'), existsSync(folder())]).toEqual([
      [],
      undefined,
      false,
    ]);
    await storage.set('id', utf8('one'));
    await storage.set('id', utf8('two'));
    expect([readdirSync(folder()), await storage.get('id')]).toEqual([['id.key'], Buffer.from('two')]);
    expect([mode(folder()), mode(join(folder(), 'id.key')), storage.location]).toEqual([
      '700',
      '600',
      folder(),
    ]);
    await storage.remove('id');
    await storage.remove('id');
    expect(await storage.list()).toEqual([]);
  });

  test('key files are found in subdirectories and through links, and other names are passed over', async () => {
    const log = memoryLog();
    const storage = open(log);
    await storage.set('b', utf8('b'));
    await storage.set('a', utf8('a'));
    mkdirSync(join(folder(), 'sub/deep'), { recursive: true });
    writeFileSync(join(folder(), 'sub/deep/c.key'), 'c', { mode: 0o600 });
    writeFileSync(join(folder(), 'x.tmp'), '');
    writeFileSync(join(folder(), '.a.tmp'), '');
    symlinkSync('a.key', join(folder(), 'link.key'));
    symlinkSync('.', join(folder(), 'loop'));
    fifo(join(folder(), 'fifo.key'));
    symlinkSync('nowhere', join(folder(), 'dangling.key'));
    mkdirSync(join(folder(), '../elsewhere'));
    writeFileSync(join(folder(), '../elsewhere/d.key'), 'd', { mode: 0o600 });
    symlinkSync('../elsewhere', join(folder(), 'linked'));
    expect(await storage.list()).toEqual(['a', 'b', 'link', 'linked/d', 'sub/deep/c']);
    expect(await storage.get('sub/deep/c')).toEqual(Buffer.from('c'));
    expect(await storage.get('link')).toEqual(Buffer.from('a'));
    expect(await storage.get('dangling')).toBeUndefined();
    await expect(storage.get('fifo')).rejects.toThrow(
      `read ${join(folder(), 'fifo.key')}: not a regular file`,
    );
    expect(log.messages('error')).toEqual([
      `read ${join(folder(), 'fifo.key')}: not a regular file`,
      `read ${join(folder(), 'dangling.key')}: it is a link that leads nowhere`,
    ]);
  });

  test('key files of a mounted secret are listed once, and read', async () => {
    const storage = open();
    mkdirSync(join(folder(), '..2026_01'), { recursive: true });
    writeFileSync(join(folder(), '..2026_01/a.key'), 'a', { mode: 0o600 });
    symlinkSync('..2026_01', join(folder(), '..data'));
    symlinkSync('..data/a.key', join(folder(), 'a.key'));
    expect(await storage.list()).toEqual(['a']);
    expect(await storage.get('a')).toEqual(Buffer.from('a'));
  });

  test('a key file that is a link stays one when its key is replaced, and its target gets the bytes', async () => {
    const log = memoryLog();
    const storage = open(log);
    const target = join(folder(), '../elsewhere.key');
    mkdirSync(folder(), { recursive: true });
    writeFileSync(target, 'old', { mode: 0o600 });
    symlinkSync(target, join(folder(), 'a.key'));
    await storage.set('a', utf8('new'));
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect(lstatSync(join(folder(), 'a.key')).isSymbolicLink()).toBe(true);
    await storage.remove('a');
    expect([existsSync(join(folder(), 'a.key')), readFileSync(target, 'utf8')]).toEqual([false, 'new']);
    expect(log.records).toMatchObject([{ level: 'warn', code: 'KEY_FILE_LINK' }]);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'a key file that is a link to a file of another user is not replaced',
    async () => {
      const target = join(folder(), '../elsewhere.key');
      mkdirSync(folder(), { recursive: true });
      writeFileSync(target, 'old', { mode: 0o600 });
      chownSync(target, 65534, 65534);
      symlinkSync(target, join(folder(), 'a.key'));
      await expect(open().set('a', utf8('new'))).rejects.toThrow('it is a link to a file of another user');
      expect(readFileSync(target, 'utf8')).toBe('old');
    },
  );

  test('key files that other users may read bring one warning', async () => {
    const log = memoryLog();
    const storage = open(log);
    await storage.set('a', utf8('a'));
    chmodSync(join(folder(), 'a.key'), 0o640);
    await storage.get('a');
    await storage.get('a');
    expect(log.records).toEqual([
      {
        level: 'warn',
        message: `1 private key file can be read by others: chmod 600 ${join(folder(), 'a.key')}`,
        code: 'KEY_FILE_MODE',
      },
    ]);
  });

  test('key files that other users may read are counted in one warning, for all storages of a command', async () => {
    const log = memoryLog();
    const warned = new Set<string>();
    const storages = [1, 2].map(() => openKeyStorage(join(folder(), '..'), log, warned));
    for (const name of ['a', 'b', 'c']) await storages[0]?.set(name, utf8(name));
    for (const name of ['a', 'c']) chmodSync(join(folder(), `${name}.key`), 0o644);
    for (const storage of storages) for (const name of await storage.list()) await storage.get(name);
    expect(log.messages('warn')).toEqual([
      `2 private key files can be read by others: chmod 600 ${folder()}/*.key`,
    ]);
  });

  test.each(['../x', '..', '.', '', '/etc/x', 'a//b', 'a\0b', 'a/../b'])(
    'key files never lie at %j',
    async (name) => {
      const refused: unknown = expect.objectContaining({ code: 'INVALID_KEY' });
      await expect(open().get(name)).rejects.toThrow(refused);
      await expect(open().set(name, utf8('x'))).rejects.toThrow(refused);
      await expect(open().remove(name)).rejects.toThrow(refused);
    },
  );

  test('key files are written into the directory itself only', async () => {
    await expect(open().set('sub/a', utf8('x'))).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_KEY' }),
    );
    await expect(open().remove('sub/a')).rejects.toThrow(expect.objectContaining({ code: 'INVALID_KEY' }));
  });
});
