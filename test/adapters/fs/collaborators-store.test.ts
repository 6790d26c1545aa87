/** The file of collaborators on disk: what several commands write at one time, and what cannot be read. */

import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCollaborators } from '../../../src/adapters/fs/collaborators-store.ts';
import { withLockBeside } from '../../../src/adapters/fs/lock-beside.ts';
import { LockFile } from '../../../src/adapters/fs/lock-file.ts';
import { thisProcess } from '../../../src/adapters/fs/lock-owner.ts';
import { systemFiles } from '../../../src/adapters/system/files.ts';
import { addCollaborator, addCollaborators } from '../../../src/collaborators/edit-file.ts';
import { loadCollaborators } from '../../../src/collaborators/load-file.ts';
import { asCanonicalKeyId } from '../../../src/crypto/keys/key-id.ts';
import type { Files } from '../../../src/ports/files.ts';
import { refusal } from '../../support/refusal.ts';

let folder: string;
let path: string;
let files: Files;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'names-'));
  path = join(folder, 'below/names.yaml');
  files = systemFiles(folder, async () => Buffer.of());
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the file of collaborators on disk', () => {
  it('has every name that several commands add at one time, and no lock afterwards', async () => {
    const ids = Array.from({ length: 12 }, (_, n) =>
      asCanonicalKeyId(n.toString(16).repeat(64).slice(0, 64)),
    );
    await Promise.all(
      ids.map((keyId, n) => addCollaborator(openCollaborators(files, path, false), `name-${n}`, [keyId])),
    );
    const file = await loadCollaborators(openCollaborators(files, path, false));
    expect([...(file?.collaborators.keys() ?? [])].sort()).toEqual(ids.map((_, n) => `name-${n}`).sort());
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('takes thousands of names in one change, and none of them where one cannot be taken', async () => {
    const ids = Array.from({ length: 3000 }, (_, n) =>
      asCanonicalKeyId(`b${n.toString(16).padStart(63, '0')}`),
    );
    const store = openCollaborators(files, path, false);
    let writes = 0;
    const counting = {
      ...store,
      replace: (...change: Parameters<typeof store.replace>) => (writes++, store.replace(...change)),
    };
    const wanted = new Map(ids.map((keyId, n) => [`name-${n}`, [keyId]]));
    await addCollaborators(counting, wanted);
    expect([writes, (await loadCollaborators(store))?.collaborators.size]).toEqual([1, 3000]);
    const [first] = ids;
    const more = new Map([
      ['new', [asCanonicalKeyId('f'.repeat(64))]],
      ['other', first === undefined ? [] : [first]],
    ]);
    await expect(addCollaborators(counting, more)).rejects.toThrow(refusal('COLLABORATORS_INVALID'));
    expect([writes, (await loadCollaborators(store))?.collaborators.size]).toEqual([1, 3000]);
  }, 20_000);

  it('a lock that is held for too long is named with its process, and the work is not done', async () => {
    const plain = join(folder, 'names.yaml');
    new LockFile(`${plain}.lock`, 10_000).create(thisProcess('other'));
    let done = false;
    await expect(
      withLockBeside(plain, async () => void (done = true), { poll: 2, wait: 20, silence: 10_000 }),
    ).rejects.toThrow(refusal('FILE_UNWRITABLE', new RegExp(`changed by process ${process.pid}`)));
    expect(done).toBe(false);
  });

  it('the lock of a process that has died is taken over', async () => {
    const plain = join(folder, 'names.yaml');
    writeFileSync(`${plain}.lock`, JSON.stringify({ ...thisProcess('dead'), pid: 2 ** 22 + 1 }));
    expect(await withLockBeside(plain, async () => 'done')).toBe('done');
  });

  it('a change that is refused leaves no directory that was made for it', async () => {
    await expect(addCollaborator(openCollaborators(files, path, false), 'deadbeef', [])).rejects.toThrow();
    const store = openCollaborators(files, path, false);
    await expect(store.hold(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(existsSync(join(folder, 'below'))).toBe(false);
  });

  it('a link that leads nowhere is a file that cannot be read, and none is no file', async () => {
    const link = join(folder, 'names.yaml');
    expect(await openCollaborators(files, link, false).read()).toBeUndefined();
    symlinkSync(join(folder, 'gone.yaml'), link);
    await expect(openCollaborators(files, link, false).read()).rejects.toThrow(refusal('FILE_UNREADABLE'));
  });
});
