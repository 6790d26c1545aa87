import { beforeEach, describe, expect, it } from 'vitest';
import { asCanonicalKeyId } from '../../../src/crypto/keys/key-id.ts';
import { ed25519FromSeed } from '../../../src/crypto/keys/private-key.ts';
import { digest } from '../../../src/crypto/signatures/digest.ts';
import { toHex } from '../../../src/encoding/bytes.ts';
import { memoryServerStore } from '../../../src/server/store/memory-store.ts';
import type { FileUpdate, ServerStore } from '../../../src/server/store/store.ts';
import { epoch } from '../../support/memory-ports.ts';

const gun = 'example.com/store';

function file(role: string, version: number, text = `${role} ${version}`): FileUpdate {
  return { role, version, bytes: Buffer.from(text) };
}

describe("a server's store in memory", () => {
  let store: ServerStore;

  beforeEach(() => {
    store = memoryServerStore();
  });

  const update = (...files: readonly FileUpdate[]) => store.update(gun, files, epoch);
  const currentVersion = async (role: string) => (await store.current(gun, role))?.version;

  it("a server's store in memory finds files by role, by version and by checksum", async () => {
    await update(file('root', 1), file('targets', 1));
    await update(file('targets', 3));
    expect(await currentVersion('targets')).toBe(3);
    expect((await store.byVersion(gun, 'targets', 1))?.version).toBe(1);
    expect(await store.byVersion(gun, 'targets', 2)).toBeUndefined();
    const checksum = toHex(digest('sha256', Buffer.from('targets 1')));
    expect((await store.byChecksum(gun, 'targets', checksum))?.storedAt).toEqual(epoch);
    expect(await store.byChecksum(gun, 'root', checksum)).toBeUndefined();
    expect(await store.current('example.com/other', 'root')).toBeUndefined();
  });

  it("a server's store in memory refuses all files when one is not newer than what it has", async () => {
    await update(file('root', 1), file('targets', 2));
    for (const version of [1, 2]) {
      expect(await update(file('root', 2), file('targets', version))).toBe('old version');
    }
    expect(await currentVersion('root')).toBe(1);
    expect(await update(file('root', 2), file('targets', 3))).toBe('stored');
  });

  it("a server's store in memory refuses one version of a role twice in an update, and takes two versions", async () => {
    expect(await update(file('root', 1), file('root', 1, 'other'))).toBe('old version');
    expect(await update(file('root', 2), file('root', 1))).toBe('stored');
    expect(await currentVersion('root')).toBe(2);
  });

  it('records timestamps and deletions as changes', async () => {
    await update(file('root', 1), file('timestamp', 1));
    await update(file('root', 2));
    await store.remove(gun, epoch);
    await store.remove(gun, epoch);
    expect(await store.changes()).toEqual([
      {
        id: 1,
        at: epoch,
        gun,
        version: 1,
        sha256: toHex(digest('sha256', Buffer.from('timestamp 1'))),
        category: 'update',
      },
      { id: 2, at: epoch, gun, version: 0, sha256: '', category: 'deletion' },
    ]);
  });

  it("a server's store in memory keeps keys when files are deleted", async () => {
    const key = ed25519FromSeed(Buffer.alloc(32, 1));
    await store.addKey(key);
    await update(file('root', 1));
    await store.remove(gun, epoch);
    expect(await store.current(gun, 'root')).toBeUndefined();
    expect(await store.key(key.keyId)).toBe(key);
    expect(await store.key(asCanonicalKeyId('0'.repeat(64)))).toBeUndefined();
  });
});
