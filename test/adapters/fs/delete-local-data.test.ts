import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLocalCollection } from '../../../src/adapters/fs/delete-local-data.ts';
import { openMetadataStore } from '../../../src/adapters/fs/file-metadata-store.ts';
import { openCollectionLock } from '../../../src/adapters/fs/repository-lock.ts';
import { makeCollectionFolders, makeKeyFolder } from '../../../src/adapters/fs/trust-dir.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { memoryLog } from '../../support/memory-ports.ts';

let trustDir = '';
const at = (...parts: readonly string[]) => join(trustDir, ...parts);
beforeEach(() => {
  trustDir = mkdtempSync(join(tmpdir(), 'tsnotary-'));
  makeKeyFolder(trustDir);
  writeFileSync(at('private', 'key.key'), 'key');
});
afterEach(() => rmSync(trustDir, { recursive: true, force: true }));

async function keep(name: string): Promise<void> {
  const gun = parseGun(name);
  makeCollectionFolders(trustDir, gun);
  writeFileSync(at('tuf', name, 'changelist', '1.change'), '{}');
  await openMetadataStore(trustDir, gun).set('targets/releases', Buffer.from('{}'));
}

const remove = (name: string) => openLocalCollection(trustDir, parseGun(name)).remove();

describe('G21 removing what is here of a collection', () => {
  it('the removal of local data takes the metadata, the staged changes and the directories that are empty then, and no key', async () => {
    await keep('docker.io/alice/demo');
    await remove('docker.io/alice/demo');
    expect(readdirSync(at('tuf'))).toEqual([]);
    expect(readdirSync(at('private'))).toEqual(['key.key']);
  });

  it('the removal of local data leaves repositories whose names continue its own, and those beside it', async () => {
    for (const name of ['a', 'a/b', 'ab', 'a/c/d']) await keep(name);
    await remove('a');
    expect(existsSync(at('tuf', 'a', 'metadata'))).toBe(false);
    for (const name of ['a/b', 'ab', 'a/c/d']) {
      expect(existsSync(at('tuf', name, 'metadata', 'targets', 'releases.json'))).toBe(true);
      expect(existsSync(at('tuf', name, 'changelist', '1.change'))).toBe(true);
    }
  });

  it('the removal of local data leaves the lock in its place, and the directories go once the lock is released', async () => {
    await keep('a');
    const gun = parseGun('a');
    const lock = openCollectionLock(trustDir, gun, { uuid: () => crypto.randomUUID(), log: memoryLog() });
    const local = openLocalCollection(trustDir, gun);
    await lock.hold(() => local.remove());
    await local.removeFolders();
    expect(readdirSync(at('tuf'))).toEqual([]);
    await keep('a');
    await local.removeFolders();
    expect(existsSync(at('tuf', 'a', 'changelist', '1.change'))).toBe(true);
  });

  it('the removal of local data that is not there is no error', async () => {
    await keep('a/b');
    await remove('a/b/c');
    await remove('nothing');
    expect(existsSync(at('tuf', 'a/b', 'metadata'))).toBe(true);
  });
});
