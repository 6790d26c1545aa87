/** The store on disk does what the store in memory does, also after it was opened anew and after a crash anywhere. */

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDiskStore } from '../../src/adapters/sandbox/disk-store.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { ed25519FromSeed, generateEcdsaKey, sign } from '../../src/crypto/keys/private-key.ts';
import { digest } from '../../src/crypto/signatures/digest.ts';
import { toHex } from '../../src/encoding/bytes.ts';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import type { FileUpdate, ServerStore } from '../../src/server/store/store.ts';
import { disturb } from '../support/fault-points.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { refusal } from '../support/refusal.ts';
import { forCasesAsync, type Random, runs } from '../support/seeded-random.ts';

const memory = '/dev/shm';
let scratch: string;
beforeEach(() => {
  // Thousands of files are forced to disk here; in memory that takes no time.
  scratch = makeScratch(existsSync(memory) ? memory : undefined);
});
afterEach(() => removeScratch(scratch));

const guns = ['example.com/a', 'example.com/a/b', 'a'.repeat(300), 'Ä ~%2F:"\n.', '.hidden', '..%'];
const roles = ['root', 'targets', 'snapshot', 'timestamp', 'targets/releases', `targets/${'x'.repeat(200)}`];
const at = (seconds: number) => new Date(Date.UTC(2026, 1, 3) + seconds * 1000 + 7);

function file(role: string, version: number, text = `${role} ${version}`): FileUpdate {
  return { role, version, bytes: Buffer.from(text) };
}

/** Matches a message that names the path. */
function pattern(path: string): RegExp {
  return new RegExp(path.replaceAll('.', '\\.'));
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** All that a store tells. */
async function told(store: ServerStore): Promise<unknown> {
  const answers: unknown[] = [await store.changes()];
  for (const gun of guns) {
    for (const role of roles) {
      const current = await store.current(gun, role);
      answers.push(
        current && [gun, role, current.version, Buffer.from(current.bytes).toString(), current.storedAt],
      );
      for (let version = 1; version <= (current?.version ?? 0); version++) {
        const one = await store.byVersion(gun, role, version);
        const sha256 = toHex(digest('sha256', one?.bytes ?? new Uint8Array()));
        const same = await store.byChecksum(gun, role, sha256);
        answers.push([version, one && Buffer.from(one.bytes).toString(), one?.storedAt, same?.version]);
      }
    }
  }
  return answers;
}

function randomUpdate(random: Random): readonly FileUpdate[] {
  return Array.from({ length: 1 + random.below(4) }, () => {
    const version = 1 + random.below(6);
    const role = random.pick(roles);
    return file(role, version, random.oneIn(3) ? 'same text' : `${role} ${version} ${random.next()}`);
  });
}

describe('a store on disk', () => {
  it('a store on disk answers as one in memory, whatever was done, and also after it was opened anew', async () => {
    const outcomes = new Set<string>();
    await forCasesAsync('disk store', runs(12), async (random, number) => {
      const folder = join(scratch, String(number));
      let disk = openDiskStore(folder);
      const memory = memoryServerStore();
      for (let step = 0; step < 25; step++) {
        const gun = random.pick(guns);
        if (random.oneIn(8)) {
          await Promise.all([disk, memory].map((store) => store.remove(gun, at(step))));
        } else {
          const files = randomUpdate(random);
          const results = [
            await disk.update(gun, files, at(step)),
            await memory.update(gun, files, at(step)),
          ];
          expect(results[0]).toBe(results[1]);
          outcomes.add(String(results[0]));
        }
        if (random.oneIn(6)) disk = openDiskStore(folder);
      }
      expect(await told(disk)).toEqual(await told(memory));
      expect(await told(openDiskStore(folder))).toEqual(await told(memory));
    });
    expect([...outcomes].sort()).toEqual(['old version', 'stored']);
  });

  it('a store on disk keeps its keys, which sign as before', async () => {
    const keys = [ed25519FromSeed(Buffer.alloc(32, 7)), generateEcdsaKey()];
    const store = openDiskStore(scratch);
    for (const key of keys) await store.addKey(key);
    for (const key of keys) {
      const held = await openDiskStore(scratch).key(key.keyId);
      expect(held?.publicKey).toEqual(key.publicKey);
      if (held !== undefined && key === keys[0]) {
        expect(sign(held, Buffer.from('x'))).toEqual(sign(key, Buffer.from('x')));
      }
    }
    for (const id of ['0'.repeat(64), '../../etc/passwd', ''])
      expect(await store.key(asCanonicalKeyId(id))).toBeUndefined();
  });

  it('a store on disk lets no other user read anything, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      const store = openDiskStore(join(scratch, 'deep/store'));
      await store.addKey(generateEcdsaKey());
      await store.update('example.com/a', [file('root', 1), file('timestamp', 1)], at(0));
    } finally {
      process.umask(before);
    }
    const entries = readdirSync(scratch, { recursive: true, withFileTypes: true });
    const modes = entries.map((entry) => [
      entry.isDirectory() ? 0o700 : 0o600,
      statSync(join(entry.parentPath, entry.name)).mode & 0o777,
    ]);
    expect(modes.length).toBeGreaterThan(8);
    expect(modes.filter(([wanted, found]) => wanted !== found)).toEqual([]);
  });

  it('a store on disk has a directory for each collection that people can read, and none above it', async () => {
    const store = openDiskStore(scratch);
    for (const gun of guns) await store.update(gun, [file('root', 1), file('targets/releases', 1)], at(0));
    const names = readdirSync(join(scratch, 'repositories'));
    expect(names).toHaveLength(guns.length);
    expect(names).toContain('example.com%2Fa%2Fb');
    expect(readdirSync(join(scratch, 'repositories/example.com%2Fa/000000000001')).sort()).toEqual([
      '1-root.json',
      '2-targets.releases.json',
      'update.json',
    ]);
    expect(readdirSync(scratch).sort()).toEqual(['keys', 'repositories']);
  });

  it('a store on disk removes the files of a deleted collection, and keeps its part of the feed', async () => {
    const store = openDiskStore(scratch);
    await store.update('example.com/a', [file('root', 1), file('timestamp', 1)], at(0));
    await store.remove('example.com/a', at(1));
    expect(filesBelow(scratch).filter((path) => !path.endsWith('update.json'))).toEqual([]);
    expect((await openDiskStore(scratch).changes()).map(({ category }) => category)).toEqual([
      'update',
      'deletion',
    ]);
  });

  it.each([
    ['a file that was changed', '1-root.json', (path: string) => writeFileSync(path, 'other')],
    ['a file that is gone', '1-root.json', (path: string) => execFileSync('rm', [path])],
  ])('a store on disk does not serve %s', async (_, name, damage) => {
    const store = openDiskStore(scratch);
    await store.update('example.com/a', [file('root', 1)], at(0));
    const path = join(scratch, 'repositories/example.com%2Fa/000000000001', name);
    damage(path);
    await expect(openDiskStore(scratch).current('example.com/a', 'root')).rejects.toThrow(
      refusal('SANDBOX_DAMAGED', pattern(path)),
    );
  });

  it.each([
    ['cut short', '{"gun":'],
    ['of another shape', '[]'],
    ['without a time', '{"gun":"a","at":"yesterday","changes":[],"files":[]}'],
  ])('a store on disk does not open with an update that is %s', async (_, text) => {
    await openDiskStore(scratch).update('example.com/a', [file('root', 1)], at(0));
    const path = join(scratch, 'repositories/example.com%2Fa/000000000001/update.json');
    writeFileSync(path, text);
    expect(() => openDiskStore(scratch)).toThrow(refusal('SANDBOX_DAMAGED', pattern(path)));
  });

  it('a store on disk names a key that cannot be read', async () => {
    const key = generateEcdsaKey();
    await openDiskStore(scratch).addKey(key);
    const path = join(scratch, `keys/${key.keyId}.key`);
    writeFileSync(path, 'no key');
    await expect(openDiskStore(scratch).key(key.keyId)).rejects.toThrow(
      refusal('SANDBOX_DAMAGED', pattern(path)),
    );
    chmodSync(path, 0o600);
  });
});

/** What is done to a store in which `example.com/a` has root 1 and timestamp 1. */
const deeds: Readonly<Record<string, (store: ServerStore) => Promise<unknown>>> = {
  update: (store) =>
    store.update(
      'example.com/a',
      [file('targets', 1), file('targets/releases', 1), file('timestamp', 2)],
      at(5),
    ),
  'first update': (store) => store.update('a'.repeat(300), [file('root', 1), file('timestamp', 1)], at(5)),
  deletion: (store) => store.remove('example.com/a', at(5)),
  key: (store) => store.addKey(ed25519FromSeed(Buffer.alloc(32, 1))),
};

describe.each(Object.entries(deeds))('cut off at any call to the system, %s', (_, deed) => {
  async function prepared(name: string): Promise<string> {
    const folder = join(scratch, name);
    await openDiskStore(folder).update('example.com/a', [file('root', 1), file('timestamp', 1)], at(0));
    return folder;
  }

  /** Plays the deed with the n-th call disturbed; undefined when there are not so many. */
  async function disturbed(n: number, mode: string, met: (folder: string) => void) {
    const folder = await prepared(`${mode}-${n}`);
    const store = openDiskStore(folder);
    const reached: string[] = [];
    const report = (call: string) => {
      reached.push(call);
      met(folder);
    };
    const undo = disturb({ below: folder, at: n, mode, report });
    let failure: unknown;
    try {
      await deed(store);
    } catch (error) {
      failure = error;
    } finally {
      undo();
    }
    return reached.length > 0 ? { folder, store, failure } : undefined;
  }

  async function states() {
    const folder = await prepared('states');
    const before = await told(openDiskStore(folder));
    await deed(openDiskStore(folder));
    return { before, after: await told(openDiskStore(folder)) };
  }

  it('an operation that is cut off is done or not, and leaves nothing behind', async () => {
    const { before, after } = await states();
    const seen: boolean[] = [];
    for (let n = 1; ; n++) {
      const copy = join(scratch, `copy-${n}`);
      // What a process leaves that is killed in place of the n-th call.
      const found = await disturbed(n, 'short', (folder) => execFileSync('cp', ['-a', folder, copy]));
      if (found === undefined) break;
      const state = await told(openDiskStore(copy));
      const done = JSON.stringify(state) === JSON.stringify(after);
      if (!done) expect(state).toEqual(before);
      seen.push(done);
      const left = filesBelow(copy).filter((path) => path.includes('.tmp'));
      expect(left).toEqual([]);
      await deed(openDiskStore(copy));
      expect((await openDiskStore(copy).changes()).map(({ id }) => id)).toEqual(
        (await openDiskStore(copy).changes()).map((_change, place) => place + 1),
      );
    }
    expect(seen.length).toBeGreaterThan(4);
    // Once it is done, it stays done.
    expect(seen.join(' ')).toMatch(/^(false ?)*(true ?)*$/);
  });

  it.each(['ENOSPC', 'EIO'])(
    'an operation whose call fails with %s fails or is done, and the store goes on',
    async (mode) => {
      const { before, after } = await states();
      let failures = 0;
      for (let n = 1; ; n++) {
        const found = await disturbed(n, mode, () => undefined);
        if (found === undefined) break;
        const { folder, store, failure } = found;
        const reopened = JSON.stringify(await told(openDiskStore(folder)));
        expect([JSON.stringify(before), JSON.stringify(after)]).toContain(reopened);
        expect(await told(store)).toEqual(await told(openDiskStore(folder)));
        if (failure === undefined) expect(reopened).toBe(JSON.stringify(after));
        else expect(failure).toMatchObject({ code: 'FILE_UNWRITABLE' });
        if (failure !== undefined) failures++;
        await store.update('example.com/later', [file('root', 1)], at(9));
        expect((await openDiskStore(folder).current('example.com/later', 'root'))?.version).toBe(1);
      }
      expect(failures).toBeGreaterThan(0);
    },
  );
});

describe('a store whose process has died', () => {
  it('a store whose process has died sweeps the drafts of updates, of keys and of files of its own', async () => {
    await openDiskStore(scratch).update('example.com/a', [file('root', 1)], at(0));
    const drafts = [
      'repositories/example.com%2Fa/.000000000002.1-2-aaaaaaaaaaaa-x.tmp/1-root.json',
      'repositories/.x.1-2-aaaaaaaaaaaa-x.tmp',
      'keys/.0000.key.1-2-aaaaaaaaaaaa-x.tmp',
    ].map((path) => join(scratch, path));
    for (const path of drafts) {
      execFileSync('mkdir', ['-p', join(path, '..')]);
      writeFileSync(path, 'half');
    }
    openDiskStore(scratch);
    expect(drafts.filter((path) => existsSync(path))).toEqual([]);
    expect(readFileSync(join(scratch, 'repositories/example.com%2Fa/000000000001/1-root.json'), 'utf8')).toBe(
      'root 1',
    );
  });
});
