/** New keys for base roles: who may rotate what, what readers see of it, and what a failure leaves behind. */

import { beforeEach, describe, expect, it } from 'vitest';
import { findRootKey } from '../../src/client/initialize/choose-root-key.ts';
import { initialize } from '../../src/client/initialize/initialize.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { findTarget } from '../../src/client/read/find-target.ts';
import { update } from '../../src/client/update/update.ts';
import { asCanonicalKeyId, type CanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { baseRole } from '../../src/metadata/root.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';
import type { MemoryClock } from '../support/memory-ports.ts';
import type { MemoryServer } from '../support/memory-server.ts';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;
let reader: Actor;

beforeEach(async () => {
  ({ clock, server, owner } = freshServer());
  reader = actor(server, clock);
});

/** TUF and canonical ID of the one key of a base role, as a reader sees it. */
async function keyOf(role: string, who: Actor = actor(server, clock)) {
  const { root } = await update(who);
  const [entry] = [...baseRole(root.content, role).keys];
  if (entry === undefined) throw new Error(`${role} has no key`);
  const [id, key] = entry;
  return { id, canonicalId: canonicalKeyId(key) };
}

const holds = async (who: Actor, canonicalId: CanonicalKeyId) =>
  (await who.cryptoService.info(canonicalId)) !== undefined;

describe('a rotation', () => {
  const refused = [
    { role: 'root', serverManaged: true, code: 'INVALID_REMOTE_ROLE' },
    { role: 'targets', serverManaged: true, code: 'INVALID_REMOTE_ROLE' },
    { role: 'timestamp', serverManaged: false, code: 'INVALID_LOCAL_ROLE' },
    { role: 'targets/releases', serverManaged: false, code: 'INVALID_ROLE' },
    { role: 'targets/releases', serverManaged: true, code: 'INVALID_ROLE' },
    { role: 'nonsense', serverManaged: false, code: 'INVALID_ROLE' },
    { role: 'nonsense', serverManaged: true, code: 'INVALID_ROLE' },
  ];

  for (const { role, serverManaged, code } of refused) {
    it(`a rotation of ${role} is refused when the key is to be on ${serverManaged ? 'the server' : 'this'} side`, async () => {
      await publish(owner);
      server.forget();
      await expect(team.rotate(owner, role, { serverManaged })).rejects.toMatchObject({ code });
      expect(server.lines()).toEqual([]);
    });
  }

  it('a rotation of a misspelt role names the role that may be meant', async () => {
    await expect(team.rotate(owner, 'target')).rejects.toMatchObject({
      code: 'INVALID_ROLE',
      hint: expect.stringMatching(/ Did you mean targets\?$/) as string,
    });
  });

  it('a rotation of the root names the former key, which stays', async () => {
    await publish(owner);
    const former = await keyOf('root');
    await team.rotate(owner, 'root');
    const present = await keyOf('root');
    expect(owner.log.records.filter(({ code }) => code === 'FORMER_ROOT_KEY_KEPT')).toEqual([
      {
        level: 'info',
        code: 'FORMER_ROOT_KEY_KEPT',
        message: expect.stringMatching(
          new RegExp(`^the former root key ${former.canonicalId} .* new key ${present.canonicalId}, too$`),
        ) as string,
      },
    ]);
    await team.rotate(owner, 'targets');
    expect(owner.log.records.filter(({ code }) => code === 'FORMER_ROOT_KEY_KEPT')).toHaveLength(1);
  });

  for (const role of ['snapshot', 'timestamp']) {
    it(`a rotation of the ${role} to a server that is away fails and says what could not be done`, async () => {
      await publish(owner);
      server.offline = true;
      await expect(team.rotate(owner, role, { serverManaged: true })).rejects.toMatchObject({
        code: 'NETWORK',
        message: expect.stringMatching(/^unable to rotate remote key: /) as string,
      });
    });

    it(`a rotation of the ${role} to a server that makes no keys fails`, async () => {
      await publish(owner);
      server.override({ method: 'POST', path: `${role}.key`, status: 404 });
      const before = server.lines().length;
      await expect(team.rotate(owner, role, { serverManaged: true })).rejects.toMatchObject({
        code: 'METADATA_NOT_FOUND',
      });
      expect(server.lines().slice(before)).toEqual([`POST /v2/docker.io/alice/demo/_trust/tuf/${role}.key`]);
    });

    it(`a rotation of the ${role} to a server that gives a worthless key fails before anything is signed`, async () => {
      await publish(owner);
      const body = '{"keytype":"rsa","keyval":{"public":"AAAA","private":null}}';
      server.override({ method: 'POST', path: `${role}.key`, status: 200, body });
      await expect(team.rotate(owner, role, { serverManaged: true })).rejects.toMatchObject({
        code: 'INVALID_KEY',
      });
      expect((await team.served(owner, 'root')).version).toBe(1);
    });
  }

  it('a rotation by a client without the root key fails, and leaves no new key there', async () => {
    await publish(owner);
    await team.listing(reader);
    for (const [role, serverManaged] of [
      ['snapshot', true],
      ['targets', false],
    ] as const) {
      await expect(team.rotate(reader, role, { serverManaged })).rejects.toMatchObject({
        code: 'INSUFFICIENT_SIGNATURES',
      });
    }
    expect(await reader.cryptoService.list()).toEqual([]);
  });

  it('a rotation to a key that is not stored fails', async () => {
    await publish(owner);
    await expect(
      team.rotate(owner, 'root', { newKeyIds: [asCanonicalKeyId('notakey')] }),
    ).rejects.toMatchObject({
      code: 'KEY_NOT_FOUND',
    });
    expect((await team.served(owner, 'root')).version).toBe(1);
  });

  it('a rotation in a collection that exists nowhere makes it (Notary 0.7.0)', async () => {
    await team.rotate(owner, 'timestamp', { serverManaged: true });
    expect(await team.listing(reader)).toEqual([]);
  });

  it('a rotation right after init, before the first publication, publishes the collection and keeps what is staged', async () => {
    await initialize(owner, await findRootKey(owner, {}));
    await team.stageTarget(owner, 'v1');
    await team.rotate(owner, 'targets');
    expect(owner.changelist.changes.size).toBe(1);
    expect(await team.listing(reader)).toEqual([]);
    await publish(owner);
    expect(await team.listing(reader)).toEqual(['v1: targets']);
  });
});

describe('after a rotation', () => {
  const rotations = [
    { name: 'the root', steps: [['root', false]] },
    { name: 'targets', steps: [['targets', false]] },
    { name: 'the snapshot', steps: [['snapshot', false]] },
    { name: 'the snapshot, to the server', steps: [['snapshot', true]] },
    { name: 'the timestamp', steps: [['timestamp', true]] },
    {
      name: 'root, snapshot and targets',
      steps: [
        ['root', false],
        ['snapshot', false],
        ['targets', false],
      ],
    },
    {
      name: 'the snapshot to the server, targets and root',
      steps: [
        ['snapshot', true],
        ['targets', false],
        ['root', false],
      ],
    },
  ] as const;

  for (const { name, steps } of rotations) {
    for (const from of ['the owner', 'the server']) {
      it(`a rotation of ${name}, with the snapshot signed by ${from} before, has all go on with the new keys only`, async () => {
        await publish(owner);
        if (from === 'the server') await team.shareSnapshot(owner);
        await team.listing(reader);
        await team.stageTarget(owner, 'latest');
        for (const [role, serverManaged] of steps) {
          const before = await keyOf(role);
          await team.rotate(owner, role, { serverManaged });
          const after = await keyOf(role);
          expect(after.canonicalId).not.toBe(before.canonicalId);
          expect(await keyOf(role, reader)).toEqual(after);
          expect(await holds(owner, after.canonicalId)).toBe(!serverManaged);
          expect(await holds(owner, before.canonicalId)).toBe(role === 'root');
        }
        expect(owner.changelist.changes.size).toBe(1);
        await publish(owner);
        for (const who of [owner, reader, actor(server, clock)]) {
          expect(await findTarget(who, 'latest')).toMatchObject({ role: 'targets' });
        }
      });
    }
  }

  it('a rotation of the root has newcomers begin with the new certificate, and older readers come to it', async () => {
    await publish(owner);
    await team.listing(reader);
    const first = await keyOf('root');
    await team.rotate(owner, 'root');
    await team.rotate(owner, 'root');
    await team.publishTarget(owner, 'current');
    const now = await keyOf('root');
    expect(now.id).not.toBe(first.id);
    expect(await team.listing(reader)).toEqual(['current: targets']);
    expect(await keyOf('root', reader)).toEqual(now);
  });

  it('a rotation of the root has the new root signed by the new key and the one before, and the next by the new one only', async () => {
    await publish(owner);
    const first = await keyOf('root');
    await team.rotate(owner, 'root');
    const second = await keyOf('root');
    expect([...(await team.served(owner, 'root')).signers].sort()).toEqual([first.id, second.id].sort());
    await team.rotate(owner, 'targets');
    expect((await team.served(owner, 'root')).signers).toEqual([second.id]);
  });

  it('a rotation of the root to a stored key makes that very key the root key', async () => {
    await publish(owner);
    const key = generateEcdsaKey();
    await owner.cryptoService.add(key, 'root', '');
    await team.rotate(owner, 'root', { newKeyIds: [key.keyId] });
    expect((await keyOf('root')).canonicalId).toBe(key.keyId);
    await team.publishTarget(owner, 'v1');
    expect(await team.listing(reader)).toEqual(['v1: targets']);
  });

  it('a rotation of targets to a stored key has that very key sign', async () => {
    await publish(owner);
    const key = generateEcdsaKey();
    await owner.cryptoService.add(key, 'targets', owner.gun);
    await team.rotate(owner, 'targets', { newKeyIds: [key.keyId] });
    expect((await team.served(owner, 'targets')).signers).toEqual([key.keyId]);
  });

  for (const role of ['root', 'targets']) {
    it(`a rotation of ${role} to two stored keys has both sign, and either is enough later`, async () => {
      await publish(owner);
      const keys = [generateEcdsaKey(), generateEcdsaKey()];
      for (const key of keys) await owner.cryptoService.add(key, role, role === 'root' ? '' : owner.gun);
      const newKeyIds = keys.map(({ keyId }) => keyId);
      await team.rotate(owner, role, { newKeyIds });
      const { root } = await update(reader);
      const now = [...baseRole(root.content, role).keys.values()].map(canonicalKeyId);
      expect(now.sort()).toEqual([...newKeyIds].sort());
      expect((await team.served(owner, role)).signers).toHaveLength(role === 'root' ? 3 : 2);
      await owner.cryptoService.remove(newKeyIds[0] ?? asCanonicalKeyId(''));
      await team.publishTarget(owner, 'v1');
      await team.rotate(owner, 'snapshot', { serverManaged: true });
      expect(await team.listing(reader)).toEqual(['v1: targets']);
    });
  }

  it('a rotation with the keys of all older roots signing too spares the oldest reader the roots in between', async () => {
    await publish(owner);
    await team.listing(reader);
    await team.rotate(owner, 'root');
    await team.rotate(owner, 'root', { legacyVersions: -1 });
    expect((await team.served(owner, 'root')).signers).toHaveLength(3);
    server.forget();
    expect(await team.listing(reader)).toEqual([]);
    expect(server.lines().filter((line) => /\/\d+\.root\.json$/.test(line))).toEqual([]);
  });

  it('a rotation with the keys of a number of older roots signing too leaves older keys than those out', async () => {
    await publish(owner);
    for (let turn = 0; turn < 3; turn++) await team.rotate(owner, 'root');
    await team.rotate(owner, 'root', { legacyVersions: 2 });
    // The new key, the one before, and those of the two roots before that one.
    expect((await team.served(owner, 'root')).signers).toHaveLength(4);
  });
});

describe('a rotation that fails', () => {
  for (const role of ['targets', 'snapshot', 'root']) {
    it(`a rotation of ${role} that fails at the upload keeps the former key, and the next one succeeds`, async () => {
      await publish(owner);
      const before = await keyOf(role);
      server.override({ method: 'POST', path: '/_trust/tuf/', status: 503 });
      await expect(team.rotate(owner, role)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
      expect(await holds(owner, before.canonicalId)).toBe(true);
      server.clearOverrides();
      await team.publishTarget(owner, 'v1');
      await team.rotate(owner, role);
      await team.publishTarget(owner, 'v2');
      expect(await team.listing(reader)).toEqual(['v1: targets', 'v2: targets']);
    });
  }

  it('a rotation whose reply was lost keeps both keys, so that either can sign', async () => {
    await publish(owner);
    const before = await keyOf('targets');
    const unlucky: Actor = {
      ...owner,
      remote: {
        ...owner.remote,
        publish: async (files) => {
          await owner.remote.publish(files);
          server.offline = true;
          throw new Error('connection reset');
        },
      },
    };
    await expect(team.rotate(unlucky, 'targets')).rejects.toThrow('connection reset');
    server.offline = false;
    const after = await keyOf('targets');
    expect(after.canonicalId).not.toBe(before.canonicalId);
    expect([await holds(owner, before.canonicalId), await holds(owner, after.canonicalId)]).toEqual([
      true,
      true,
    ]);
    await team.publishTarget(owner, 'v1');
    expect(await team.listing(reader)).toEqual(['v1: targets']);
  });
});
