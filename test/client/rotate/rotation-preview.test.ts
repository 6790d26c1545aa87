/** What a rotation would come to, found without making, asking for or opening a new key. */

import { beforeEach, describe, expect, it } from 'vitest';
import { initialize } from '../../../src/client/initialize/initialize.ts';
import { publish } from '../../../src/client/publish/publish.ts';
import { previewRotation } from '../../../src/client/rotate/rotation-preview.ts';
import { type Actor, actor } from '../../support/actor.ts';
import { shareSnapshot } from '../../support/collaborators.ts';
import { freshServer } from '../../support/fresh-server.ts';
import type { MemoryClock } from '../../support/memory-ports.ts';
import type { MemoryServer } from '../../support/memory-server.ts';
import { refusal } from '../../support/refusal.ts';

let server: MemoryServer;
let clock: MemoryClock;
let owner: Actor;

beforeEach(() => {
  ({ server, clock, owner } = freshServer());
});

const preview = (
  role: string,
  { who = owner, serverManaged = false, files = [] as readonly string[] } = {},
) => previewRotation(who, { role, serverManaged, files });

describe('a rotation that is looked at', () => {
  beforeEach(async () => {
    await publish(owner);
  });

  it('a rotation that is looked at shows the keys that go and where the new one comes from, and sends nothing', async () => {
    server.forget();
    const { before, after, changes, findings, initial } = await preview('targets');
    const [listed] = [...(before.roles.get('targets')?.keys.keys() ?? [])];
    expect(changes).toEqual([
      { op: 'remove', what: 'key', role: 'targets', keyId: listed },
      { op: 'add', what: 'new key', role: 'targets', origin: 'made here' },
    ]);
    expect(after.roles.get('targets')?.keys.size).toBe(0);
    expect([findings, initial]).toEqual([[], false]);
    expect(server.lines().filter((line) => !line.startsWith('GET ') || line.includes('.key'))).toEqual([]);
  });

  it('a rotation that is looked at shows a key of the server, and each file of a new key', async () => {
    const origins = async (...parts: Parameters<typeof preview>) =>
      (await preview(...parts)).changes.flatMap((change) =>
        change.what === 'new key' ? [change.origin] : [],
      );
    expect(await origins('snapshot', { serverManaged: true })).toEqual(['made by the server']);
    expect(await origins('root', { files: ['a.pem', 'b.pem'] })).toEqual(['of a.pem', 'of b.pem']);
  });

  it('a rotation that is looked at finds that root and snapshot cannot be signed here', async () => {
    const stranger = actor(server, clock);
    const missing = (role: string) => ({
      code: 'INSUFFICIENT_SIGNATURES',
      severity: 'error',
      role,
      prevents: true,
    });
    // A snapshot key that is not here may be the server's.
    expect((await preview('targets', { who: stranger })).findings).toMatchObject([missing('root')]);
    const { before } = await preview('targets');
    const [snapshotKey = ''] = [...(before.roles.get('snapshot')?.keys.keys() ?? [])];
    const pem = Buffer.from(owner.keyStorage.files.get(snapshotKey) ?? []).toString();
    stranger.keyStorage.files.set(snapshotKey, Buffer.from(pem.replace('role: snapshot', 'role: targets')));
    expect((await preview('targets', { who: stranger })).findings).toMatchObject([
      missing('root'),
      missing('snapshot'),
    ]);
    expect((await preview('snapshot', { who: stranger })).findings).toMatchObject([missing('root')]);
  });

  it('a rotation that is looked at needs no snapshot key where the server signs it', async () => {
    await shareSnapshot(owner);
    expect((await preview('targets')).findings).toEqual([]);
  });

  it('a rotation that is looked at is refused as the rotation itself is', async () => {
    await expect(preview('targets/a')).rejects.toThrow(refusal('INVALID_ROLE'));
    await expect(preview('timestamp')).rejects.toThrow(refusal('INVALID_LOCAL_ROLE'));
    for (const role of ['root', 'targets'])
      await expect(preview(role, { serverManaged: true })).rejects.toThrow(refusal('INVALID_REMOTE_ROLE'));
  });
});

describe('a rotation of what is not published', () => {
  it('a rotation of what is not published is refused, whether it was made here or not', async () => {
    await expect(preview('targets')).rejects.toThrow(
      refusal('REPOSITORY_NOT_EXIST', /does not have trust data/),
    );
    await initialize(owner, {});
    await expect(preview('targets')).rejects.toThrow(
      refusal('REPOSITORY_NOT_EXIST', `${owner.gun} is not published yet`, { gun: owner.gun }),
    );
  });
});
