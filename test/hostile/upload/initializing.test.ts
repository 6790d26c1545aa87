/** Collections that do not come about: what was made for them alone is gone again, and the next init goes on. */

import { beforeEach, describe, expect, it } from 'vitest';
import { findRootKey } from '../../../src/client/initialize/choose-root-key.ts';
import { initialize } from '../../../src/client/initialize/initialize.ts';
import { publish } from '../../../src/client/publish/publish.ts';
import { generateEcdsaKey } from '../../../src/crypto/keys/private-key.ts';
import { NotaryError } from '../../../src/errors.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { freshServer } from '../../support/fresh-server.ts';
import type { MemoryClock } from '../../support/memory-ports.ts';
import type { MemoryServer } from '../../support/memory-server.ts';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;

beforeEach(() => {
  ({ clock, server, owner } = freshServer());
});

const full = (what: string) => new NotaryError('FILE_UNWRITABLE', `write ${what}: no space left on device`);

/** The IDs of all keys, which are root keys, each of them named as one that is kept. */
async function storedRootOnly(): Promise<readonly string[]> {
  const stored = await owner.cryptoService.list();
  const kept = owner.log.records.filter(({ code }) => code === 'KEY_KEPT').map(({ message }) => message);
  expect(kept).toEqual(stored.map(({ keyId }) => expect.stringContaining(keyId) as string));
  expect(stored.filter(({ role }) => role !== 'root')).toEqual([]);
  return stored.map(({ keyId }) => keyId);
}

describe('G20 init that fails', () => {
  it.each(['root', 'targets', 'snapshot'])(
    'init that fails because %s.json cannot be written leaves the root key only, which the next init takes',
    async (role) => {
      const unlucky: Actor = {
        ...owner,
        cache: {
          ...owner.cache,
          set: async (name, bytes) => {
            if (name === role) throw full(name);
            await owner.cache.set(name, bytes);
          },
        },
      };
      await expect(initialize(unlucky, {})).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
      const [root = ''] = await storedRootOnly();
      expect(owner.cache.files.has('root')).toBe(false);
      expect(await initialize(owner, await findRootKey(owner, {}))).toEqual({ rootKeyId: root });
      await team.publishTarget(owner, 'v1');
      expect(await team.listing(actor(server, clock))).toEqual(['v1: targets']);
    },
  );

  it.each([
    ['root', 0],
    ['targets', 1],
    ['snapshot', 1],
  ])(
    'init that fails because the %s key cannot be stored leaves %i root keys and nothing else',
    async (failing, left) => {
      const unlucky: Actor = {
        ...owner,
        cryptoService: {
          ...owner.cryptoService,
          create: async (role, gun) => {
            if (role === failing) throw full(role);
            return owner.cryptoService.create(role, gun);
          },
        },
      };
      await expect(initialize(unlucky, {})).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
      expect(await storedRootOnly()).toHaveLength(left);
    },
  );

  it('init that fails never removes a root key that was there before', async () => {
    const key = generateEcdsaKey();
    await owner.cryptoService.add(key, 'root', '');
    const unlucky: Actor = {
      ...owner,
      cache: { ...owner.cache, set: async (name) => Promise.reject(full(name)) },
    };
    await expect(initialize(unlucky, await findRootKey(unlucky, {}))).rejects.toBeInstanceOf(NotaryError);
    expect((await owner.cryptoService.list()).map(({ keyId }) => keyId)).toEqual([key.keyId]);
  });

  it('init that fails as a part of publish keeps what is staged', async () => {
    await team.stageTarget(owner, 'v1');
    server.override({ path: 'timestamp.key', status: 500, times: 1 });
    await expect(publish(owner)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
    expect(await owner.cryptoService.list()).toEqual([]);
    expect(owner.changelist.changes.size).toBe(1);
    await publish(owner);
    expect(await team.listing(actor(server, clock))).toEqual(['v1: targets']);
  });
});
