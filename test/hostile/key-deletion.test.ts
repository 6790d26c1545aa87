/** No private key is deleted or replaced because of what a server, another machine or a file says of it. */

import { beforeEach, describe, expect, it } from 'vitest';
import { initialize } from '../../src/client/initialize/initialize.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { update } from '../../src/client/update/update.ts';
import { generateEcdsaKey, type PrivateKey } from '../../src/crypto/keys/private-key.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { NotaryError } from '../../src/errors.ts';
import { baseRole } from '../../src/metadata/root.ts';
import { type Actor, actor, machine } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';
import type { MemoryClock } from '../support/memory-ports.ts';
import type { MemoryServer } from '../support/memory-server.ts';

const demo = 'docker.io/alice/demo';
const other = 'docker.io/alice/other';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;
/** The same trust directory, another repository. */
let elsewhere: Actor;

beforeEach(() => {
  ({ clock, server, owner } = freshServer());
  elsewhere = actor(server, clock, other, owner.machine);
});

const reader = (gun = demo) => actor(server, clock, gun);

async function publicKeyOf(gun: string, role: string): Promise<PublicKey> {
  const { root } = await update(reader(gun));
  const [key] = baseRole(root.content, role).keys.values();
  if (key === undefined) throw new Error(`${role} has no key`);
  return key;
}

const idOf = async (gun: string, role: string) => canonicalKeyId(await publicKeyOf(gun, role));
const stored = (who: Actor) => new Map(who.keyStorage.files);
const codesOf = (who: Actor) => who.log.records.map(({ code }) => code);
const kept = (who: Actor) =>
  who.log.records.filter(({ code }) => code === 'KEY_KEPT').map(({ message }) => message);

/** The server answers requests for new keys with a key of its choice. */
function offer(role: string, { keyType, value }: PublicKey, method = 'POST'): void {
  const body = JSON.stringify({ keytype: keyType, keyval: { public: value, private: null } });
  server.override({ method, path: `${role}.key`, status: 200, body });
}

/** What the owner has not got in a key store, but somewhere in the repository. */
async function delegated(): Promise<PublicKey> {
  const key = generateEcdsaKey().publicKey;
  await team.delegate(owner, 'targets/releases', [key]);
  await publish(owner);
  return key;
}

const offers: readonly (readonly [what: string, key: () => Promise<PublicKey>])[] = [
  ['the targets key of the repository', () => publicKeyOf(demo, 'targets')],
  ['the root key of the repository', () => publicKeyOf(demo, 'root')],
  ['the key that the owner signs snapshots with', () => publicKeyOf(demo, 'snapshot')],
  ['the targets key of another repository of the owner', () => publicKeyOf(other, 'targets')],
  ['the key of a delegation', delegated],
  ['a root key that was replaced', formerRootKey],
  ['the key of the other role that the server signs', () => publicKeyOf(demo, 'timestamp')],
];

/** Its private half is not here any more. */
async function formerRootKey(): Promise<PublicKey> {
  const former = await publicKeyOf(demo, 'root');
  await team.rotate(owner, 'root');
  await owner.cryptoService.remove(canonicalKeyId(former));
  return former;
}

describe('G31 a server that is asked for a snapshot key', () => {
  it.each(offers)(
    'a server that is asked for a snapshot key and offers %s is refused, and no key goes',
    async (_, key) => {
      await publish(owner);
      await publish(elsewhere);
      offer('snapshot', await key());
      const before = stored(owner);
      const version = (await team.served(owner, 'root')).version;
      await expect(team.rotate(owner, 'snapshot', { serverManaged: true })).rejects.toMatchObject({
        code: 'SERVER_KEY_REFUSED',
        details: { gun: demo, role: 'snapshot' },
        hint: expect.stringContaining('Nothing was signed') as string,
      });
      expect(stored(owner)).toEqual(before);
      expect((await team.served(owner, 'root')).version).toBe(version);
      server.clearOverrides();
      await team.publishTarget(owner, 'v1');
      expect(await team.listing(reader())).toEqual(['v1: targets']);
    },
  );

  it('a server that offers the owner’s targets key as a snapshot key cannot have it deleted by the next rotation', async () => {
    await publish(owner);
    const targets = await idOf(demo, 'targets');
    offer('snapshot', await publicKeyOf(demo, 'targets'));
    await team.rotate(owner, 'snapshot', { serverManaged: true }).catch(() => undefined);
    server.clearOverrides();
    await team.rotate(owner, 'snapshot');
    expect(owner.keyStorage.files.has(targets)).toBe(true);
  });

  it.each(['snapshot', 'timestamp'] as const)(
    'a server that is asked for a %s key and offers the present one is refused',
    async (role) => {
      await publish(owner);
      await team.shareSnapshot(owner);
      offer(role, await publicKeyOf(demo, role));
      await expect(team.rotate(owner, role, { serverManaged: true })).rejects.toMatchObject({
        code: 'SERVER_KEY_REFUSED',
        message: expect.stringContaining('nothing would be rotated') as string,
      });
    },
  );
});

describe('G31 a server that is asked for a timestamp key by init', () => {
  it('a server that offers init a key of this machine is refused, and init leaves nothing', async () => {
    await publish(elsewhere);
    const before = stored(owner);
    offer('timestamp', await publicKeyOf(other, 'targets'), 'GET');
    await expect(initialize(owner, {})).rejects.toMatchObject({ code: 'SERVER_KEY_REFUSED' });
    expect([stored(owner), owner.cache.files.size]).toEqual([before, 0]);
  });
});

describe('G31 a rotation', () => {
  it('a rotation keeps a former snapshot key whose file is for another repository', async () => {
    await publish(owner);
    await publish(elsewhere);
    const victim = await idOf(other, 'targets');
    // Another machine has it as the snapshot key.
    const second = actor(server, clock, demo);
    for (const role of ['root', 'targets', 'snapshot']) {
      const { key } = await owner.cryptoService.find(await idOf(demo, role), { role, gun: demo });
      await second.cryptoService.add(key, role, demo);
    }
    const { key } = await elsewhere.cryptoService.find(victim, { role: 'targets', gun: other });
    await team.rotate(second, 'snapshot', { broughtKeys: [key] });
    expect(await idOf(demo, 'snapshot')).toBe(victim);
    await team.rotate(owner, 'snapshot');
    expect(await idOf(demo, 'snapshot')).not.toBe(victim);
    expect(kept(owner)[0]).toContain(`for the role targets of ${other}`);
    expect(owner.keyStorage.files.has(victim)).toBe(true);
  });

  it.each(['targets', 'snapshot'])(
    'a rotation deletes the former %s key when nothing lists it',
    async (role) => {
      await publish(owner);
      await publish(elsewhere);
      const former = await idOf(demo, role);
      await team.rotate(owner, role);
      expect(owner.keyStorage.files.has(former)).toBe(false);
      expect(kept(owner)).toEqual([]);
    },
  );

  it('a rotation keeps a key that another repository of the trust directory lists, in its root or in a delegation', async () => {
    for (const where of ['root', 'targets', 'targets/nested'] as const) {
      const home = machine();
      const [one, two] = [actor(server, clock, `${demo}/${where}`, home), actor(server, clock, other, home)];
      await publish(one);
      const key = await publicKeyOf(one.gun, 'targets');
      const id = canonicalKeyId(key);
      const entry = { [id]: { keytype: key.keyType, keyval: { public: key.value, private: null } } };
      const signed = where === 'root' ? { keys: entry } : { delegations: { keys: entry, roles: [] } };
      two.cache.files.set(where, Buffer.from(JSON.stringify({ signed, signatures: [] })));
      await team.rotate(one, 'targets');
      expect(home.keyStorage.files.has(id)).toBe(true);
      expect(kept(one)).toEqual([expect.stringContaining(`${where} of ${other} lists it`)]);
      expect(kept(one)[0]).toContain(id);
    }
  });

  it('a rotation keeps a key that a delegation of the repository lists', async () => {
    await publish(owner);
    const key = await publicKeyOf(demo, 'targets');
    await team.delegate(owner, 'targets/releases', [key]);
    await publish(owner);
    await team.rotate(owner, 'targets');
    expect(owner.keyStorage.files.has(canonicalKeyId(key))).toBe(true);
    expect(kept(owner)).toHaveLength(1);
  });

  it('a rotation keeps a key while a file of another repository cannot be read', async () => {
    await publish(owner);
    const former = await idOf(demo, 'targets');
    elsewhere.cache.files.set('targets', Buffer.from('damaged'));
    await team.rotate(owner, 'targets');
    expect(owner.keyStorage.files.has(former)).toBe(true);
    expect(kept(owner)[0]).toContain(other);
  });

  it('a rotation keeps a key when the directory of the other repositories cannot be listed', async () => {
    await publish(owner);
    const former = await idOf(demo, 'targets');
    const unlisted = new NotaryError('FILE_UNREADABLE', 'open tuf/x: permission denied');
    const blind: Actor = { ...owner, heldMetadata: { files: async () => Promise.reject(unlisted) } };
    await team.rotate(blind, 'targets');
    expect(owner.keyStorage.files.has(former)).toBe(true);
    expect(kept(owner)[0]).toContain('permission denied');
  });

  it('a rotation keeps a key whose file names no GUN, since it may be in use anywhere', async () => {
    await publish(owner);
    const key = generateEcdsaKey();
    await owner.cryptoService.add(key, 'targets', '');
    await team.rotate(owner, 'targets', { newKeyIds: [key.keyId] });
    await team.rotate(owner, 'targets');
    expect(owner.keyStorage.files.has(key.keyId)).toBe(true);
    expect(kept(owner)).toHaveLength(1);
  });

  it('a rotation to a key that another repository has gives a warning, and the key stays when one of them replaces it', async () => {
    await publish(owner);
    await publish(elsewhere);
    const key = generateEcdsaKey();
    await team.rotate(owner, 'targets', { broughtKeys: [key] });
    await team.rotate(elsewhere, 'targets', { broughtKeys: [key] });
    expect(elsewhere.log.records.map(({ code }) => code)).toContain('KEY_IN_SEVERAL_REPOSITORIES');
    await team.rotate(owner, 'targets');
    expect(owner.keyStorage.files.has(key.keyId)).toBe(true);
    await team.publishTarget(owner, 'v1');
    await team.publishTarget(elsewhere, 'v2');
    expect([await team.listing(reader()), await team.listing(reader(other))]).toEqual([
      ['v1: targets'],
      ['v2: targets'],
    ]);
  });
});

describe('G31 init', () => {
  it('init that fails once its root is in place keeps the keys that the root lists', async () => {
    const cache = {
      ...owner.cache,
      set: async (role: string, bytes: Uint8Array) => {
        await owner.cache.set(role, bytes);
        if (role === 'root') throw new NotaryError('FILE_UNWRITABLE', 'sync: input/output error');
      },
    };
    await expect(initialize({ ...owner, cache }, {})).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
    await team.publishTarget(owner, 'v1');
    expect(await team.listing(reader())).toEqual(['v1: targets']);
  });
});

describe('G31 a key that is brought for a rotation', () => {
  const failing = async (role: string, key: PrivateKey): Promise<void> => {
    const broken: Actor = {
      ...owner,
      journal: {
        ...owner.journal,
        write: async () => Promise.reject(new NotaryError('FILE_UNWRITABLE', 'no space left on device')),
      },
    };
    await expect(team.rotate(broken, role, { broughtKeys: [key] })).rejects.toBeInstanceOf(NotaryError);
  };

  it('a key that is brought for a rotation of targets is not left in the store when nothing was sent', async () => {
    await publish(owner);
    const before = stored(owner);
    const key = generateEcdsaKey();
    await failing('targets', key);
    expect(stored(owner)).toEqual(before);
    server.offline = true;
    await expect(team.rotate(owner, 'targets', { broughtKeys: [key] })).rejects.toBeInstanceOf(NotaryError);
    expect(stored(owner)).toEqual(before);
    server.offline = false;
    await team.rotate(owner, 'targets', { broughtKeys: [key] });
    expect(owner.keyStorage.files.has(key.keyId)).toBe(true);
    expect(await idOf(demo, 'targets')).toBe(key.keyId);
  });

  it('a key that is brought for a rotation of root stays when nothing was sent, since any repository may have taken it, and is named', async () => {
    await publish(owner);
    const key = generateEcdsaKey();
    await failing('root', key);
    expect(owner.keyStorage.files.has(key.keyId)).toBe(true);
    expect(kept(owner)).toEqual([expect.stringContaining(key.keyId)]);
    await team.rotate(owner, 'root', { broughtKeys: [key] });
    expect(await idOf(demo, 'root')).toBe(key.keyId);
  });

  it('a key that is brought for a rotation stays when it was there before', async () => {
    await publish(owner);
    const key = generateEcdsaKey();
    await owner.cryptoService.add(key, 'targets', demo);
    server.offline = true;
    await expect(team.rotate(owner, 'targets', { broughtKeys: [key] })).rejects.toBeInstanceOf(NotaryError);
    expect(owner.keyStorage.files.has(key.keyId)).toBe(true);
    expect(codesOf(owner)).not.toContain('KEY_KEPT');
  });
});
