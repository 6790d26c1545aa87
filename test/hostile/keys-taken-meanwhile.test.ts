/** A command that fails takes back the keys that it has stored, but none that something else may have come to use. */

import { beforeEach, describe, expect, it } from 'vitest';
import { findRootKey } from '../../src/client/initialize/choose-root-key.ts';
import { initialize } from '../../src/client/initialize/initialize.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { update } from '../../src/client/update/update.ts';
import { asCanonicalKeyId, type CanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { NotaryError } from '../../src/errors.ts';
import { baseRole } from '../../src/metadata/root.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';
import type { MemoryClock } from '../support/memory-ports.ts';
import type { MemoryServer } from '../support/memory-server.ts';

const other = 'docker.io/alice/other';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;
/** Another process on the same trust directory, which works on another repository. */
let elsewhere: Actor;

beforeEach(() => {
  ({ clock, server, owner } = freshServer());
  elsewhere = actor(server, clock, other, owner.machine);
});

const init = async (who: Actor) => initialize(who, await findRootKey(who, {}));
const keysOf = async (role: string) => (await owner.cryptoService.list(role)).map(({ keyId }) => keyId);
const kept = () => owner.log.records.filter(({ code }) => code === 'KEY_KEPT').map(({ message }) => message);

async function publishedKey(gun: string, role: string): Promise<CanonicalKeyId> {
  const { root } = await update(actor(server, clock, gun));
  const [key] = baseRole(root.content, role).keys.values();
  if (key === undefined) throw new Error(`${role} has no key`);
  return canonicalKeyId(key);
}

/** Both the root key and the targets key are there: the repository can be changed in every way. */
async function expectOwned(who: Actor): Promise<void> {
  await team.publishTarget(team.restarted(who), 'owned');
  await team.rotate(team.restarted(who), 'root');
}

/** The owner, who fails at the making of his n-th key, after something else has happened. */
function failsAtKey(role: string, meanwhile: () => Promise<void>): Actor {
  const create = async (wanted: string, gun: string): Promise<PublicKey> => {
    if (wanted !== role) return owner.cryptoService.create(wanted, gun);
    await meanwhile();
    throw new NotaryError('ATTEMPTS_EXCEEDED', 'the passphrases do not match');
  };
  return { ...owner, cryptoService: { ...owner.cryptoService, create } };
}

/** The owner, whose server fails when he asks for the root, after something else has happened. */
function failsAtServer(meanwhile: () => Promise<void>): Actor {
  const get = async (resource: string, limit: number): Promise<Uint8Array> => {
    if (resource !== 'root') return owner.remote.get(resource, limit);
    await meanwhile();
    throw new NotaryError('SERVER_UNAVAILABLE', '503');
  };
  return { ...owner, remote: { ...owner.remote, get } };
}

/** Another repository of the machine lists a key in a delegation. */
function listElsewhere(id: string, { keyType, value }: PublicKey): void {
  const keys = { [id]: { keytype: keyType, keyval: { public: value, private: null } } };
  const signed = { delegations: { keys, roles: [] } };
  elsewhere.cache.files.set('targets', Buffer.from(JSON.stringify({ signed, signatures: [] })));
}

describe('G31 init that fails', () => {
  it('init that fails leaves its root key to the repository that was made with it meanwhile', async () => {
    const unlucky = failsAtKey('targets', async () => {
      await init(elsewhere);
      await publish(elsewhere);
    });
    await expect(init(unlucky)).rejects.toMatchObject({ code: 'ATTEMPTS_EXCEEDED' });
    expect(await keysOf('root')).toEqual([await publishedKey(other, 'root')]);
    await expectOwned(elsewhere);
  });

  it('init that fails names the root key that stays, and the next init takes it', async () => {
    await expect(init(failsAtKey('snapshot', async () => undefined))).rejects.toBeInstanceOf(NotaryError);
    const [root = ''] = await keysOf('root');
    expect((await owner.cryptoService.list()).map(({ keyId }) => keyId)).toEqual([root]);
    expect(kept()).toEqual([
      expect.stringMatching(new RegExp(`root key ${root}.* the next "init" takes it`)),
    ]);
    await expect(init(owner)).resolves.toEqual({ rootKeyId: root });
    await publish(owner);
    await expectOwned(owner);
  });

  const uses: readonly (readonly [
    what: string,
    use: (id: CanonicalKeyId) => Promise<void>,
    reason: string,
  ])[] = [
    [
      'another repository lists',
      async (id) => {
        const { key } = await owner.cryptoService.find(id, { role: 'targets', gun: owner.gun });
        listElsewhere(id, key.publicKey);
      },
      `targets of ${other} lists it`,
    ],
    ['is shared by all repositories now', (id) => owner.cryptoService.share(id), 'written again'],
    [
      'the owner has given another passphrase',
      async (id) => {
        const { key } = await owner.cryptoService.find(id, { role: 'targets', gun: owner.gun });
        const aside = actor(server, clock, owner.gun);
        await aside.cryptoService.add(key, 'targets', owner.gun);
        owner.keyStorage.files.set(id, aside.keyStorage.files.get(id) ?? new Uint8Array());
      },
      'written again',
    ],
    [
      'may be listed in a file that cannot be read',
      async () => void elsewhere.cache.files.set('targets', Buffer.from('damaged')),
      'cannot be read',
    ],
  ];

  it.each(uses)('a failed init keeps a targets key that %s', async (_, use, reason) => {
    const unlucky = failsAtKey('snapshot', async () => {
      for (const id of await keysOf('targets')) await use(id);
    });
    await expect(init(unlucky)).rejects.toMatchObject({ code: 'ATTEMPTS_EXCEEDED' });
    const [targets = ''] = await keysOf('targets');
    expect(targets).not.toBe('');
    expect(kept()).toContainEqual(expect.stringMatching(new RegExp(`${targets}.*${reason}`)));
  });
});

describe('G31 a rotation that fails before anything is sent', () => {
  beforeEach(async () => {
    for (const who of [owner, elsewhere]) {
      await init(who);
      await publish(who);
    }
  });

  it.each(['targets', 'root'])(
    'a failed rotation leaves a brought %s key to the repository that came to have it meanwhile',
    async (role) => {
      const key = generateEcdsaKey();
      const unlucky = failsAtServer(() => team.rotate(elsewhere, role, { broughtKeys: [key] }));
      await expect(team.rotate(unlucky, role, { broughtKeys: [key] })).rejects.toMatchObject({
        code: 'SERVER_UNAVAILABLE',
      });
      expect(await publishedKey(other, role)).toBe(key.keyId);
      expect(kept()).toEqual([expect.stringContaining(key.keyId)]);
      await expectOwned(elsewhere);
    },
  );

  it('a failed rotation leaves a brought targets key that is about to be used elsewhere', async () => {
    const key = generateEcdsaKey();
    let failing = Promise.resolve();
    let theirs = Promise.resolve();
    const unlucky = failsAtServer(async () => {
      await new Promise<void>((stored) => {
        const get = async (resource: string, limit: number) => {
          stored();
          await failing.catch(() => undefined);
          return elsewhere.remote.get(resource, limit);
        };
        const them = { ...elsewhere, remote: { ...elsewhere.remote, get } };
        theirs = team.rotate(them, 'targets', { broughtKeys: [key] });
      });
    });
    failing = team.rotate(unlucky, 'targets', { broughtKeys: [key] });
    await expect(failing).rejects.toBeInstanceOf(NotaryError);
    await theirs;
    expect(await publishedKey(other, 'targets')).toBe(key.keyId);
    await expectOwned(elsewhere);
  });

  it('a failed rotation keeps the root key that it made, names it, and the next rotation uses it', async () => {
    const before = await keysOf('root');
    await expect(
      team.rotate(
        failsAtServer(async () => undefined),
        'root',
      ),
    ).rejects.toBeInstanceOf(NotaryError);
    const [made = ''] = (await keysOf('root')).filter((id) => !before.includes(id));
    expect(kept()).toEqual([
      expect.stringMatching(new RegExp(`root key ${made}.* the same command uses it`)),
    ]);
    await team.rotate(owner, 'root');
    expect(await publishedKey(owner.gun, 'root')).toBe(made);
    expect(owner.journal.records.size).toBe(0);
  });

  it('a failed rotation leaves the root key that it made to the repository that came to have it, and makes another', async () => {
    const before = await keysOf('root');
    const madeKey = async () =>
      (await keysOf('root')).find((id) => !before.includes(id)) ?? asCanonicalKeyId('');
    const unlucky = failsAtServer(async () =>
      team.rotate(elsewhere, 'root', { newKeyIds: [await madeKey()] }),
    );
    await expect(team.rotate(unlucky, 'root')).rejects.toBeInstanceOf(NotaryError);
    const theirs = await publishedKey(other, 'root');
    expect(await keysOf('root')).toContain(theirs);
    await expectOwned(elsewhere);
    await team.rotate(owner, 'root');
    expect(await publishedKey(owner.gun, 'root')).not.toBe(theirs);
    expect(kept()).toContainEqual(expect.stringContaining(`root of ${other} lists it`));
  });

  it('a failed rotation takes a brought targets key back that nothing else has', async () => {
    const before = new Map(owner.keyStorage.files);
    const unlucky = failsAtServer(async () => undefined);
    for (const broughtKeys of [[], [generateEcdsaKey()]]) {
      await expect(team.rotate(unlucky, 'targets', { broughtKeys })).rejects.toBeInstanceOf(NotaryError);
    }
    expect(owner.keyStorage.files).toEqual(before);
    expect(kept()).toEqual([]);
  });

  it('a failed rotation never takes a key back that another command has stored first', async () => {
    const key = generateEcdsaKey();
    const cryptoService: Actor['cryptoService'] = {
      ...owner.cryptoService,
      add: async (brought, role, gun) => {
        await elsewhere.cryptoService.add(brought, role, gun);
        return owner.cryptoService.add(brought, role, gun);
      },
    };
    const unlucky = { ...failsAtServer(async () => undefined), cryptoService };
    await expect(team.rotate(unlucky, 'targets', { broughtKeys: [key] })).rejects.toBeInstanceOf(NotaryError);
    expect(await keysOf('targets')).toContain(key.keyId);
  });
});

describe('G31 a rotation that comes about', () => {
  it('a rotation that comes about keeps a former key that all repositories share just before it is removed', async () => {
    await init(owner);
    await publish(owner);
    const former = await publishedKey(owner.gun, 'targets');
    const cryptoService: Actor['cryptoService'] = {
      ...owner.cryptoService,
      remove: async (id, only) => {
        await elsewhere.cryptoService.share(id);
        return owner.cryptoService.remove(id, only);
      },
    };
    await team.rotate({ ...owner, cryptoService }, 'targets');
    expect(await keysOf('targets')).toContain(former);
    expect(kept()).toEqual([expect.stringContaining(former)]);
  });
});
