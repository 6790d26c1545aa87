/** Metadata may list any public key: what signs is chosen by ID, role and GUN together. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { update } from '../../src/client/update/update.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { keyId, type PublicKey } from '../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { baseRole } from '../../src/metadata/root.ts';
import { type Actor, actor, machine } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { type MemoryClock, memoryClock } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';
import { certifiedSigner, rootContent, sealed } from '../support/metadata-author.ts';

const tools = 'docker.io/mallory/tools';
const releases = 'targets/releases';

let clock: MemoryClock;
let server: MemoryServer;
let mallory: Actor;
/** The victim on her own repository and on that of mallory, with one trust directory. */
let alice: Actor;
let guest: Actor;

beforeEach(async () => {
  clock = memoryClock();
  server = memoryServer({ clock });
  mallory = actor(server, clock, tools);
  const home = machine();
  alice = actor(server, clock, 'docker.io/alice/demo', home);
  guest = actor(server, clock, tools, home);
  await publish(alice);
  await publish(mallory);
  await team.shareSnapshot(mallory);
});

async function publicKeyOf(who: Actor, role: string): Promise<PublicKey> {
  const { root } = await update(actor(server, clock, who.gun));
  const [key] = baseRole(root.content, role).keys.values();
  if (key === undefined) throw new Error(`${role} has no key`);
  return key;
}

describe('G32 a delegation that lists a base key of its signer', () => {
  it.each(['targets', 'snapshot', 'root'])(
    'a delegation that lists a %s key of another repository beside its signer’s own key is signed by her own key only',
    async (role) => {
      const own = await team.delegationKey(guest);
      await team.delegate(mallory, releases, [own, await publicKeyOf(alice, role)]);
      await publish(mallory);
      const signer = team.restarted(guest);
      await team.publishTarget(signer, 'tool', releases);
      expect((await team.served(signer, releases)).signers).toEqual([canonicalKeyId(own)]);
      expect(team.askedFor(signer)).toEqual(['delegation']);
    },
  );

  it.each(['targets', 'root'])(
    'a delegation that lists nothing but a %s key of another repository cannot be signed by her',
    async (role) => {
      const key = await publicKeyOf(alice, role);
      await team.delegate(mallory, releases, [key]);
      await publish(mallory);
      const signer = team.restarted(guest);
      await team.stageTarget(signer, 'tool', releases);
      await expect(publish(signer)).rejects.toMatchObject({
        code: 'NO_KEYS',
        hint: expect.stringMatching(
          new RegExp(`The key ${canonicalKeyId(key)} is here, but its file says .*the role ${role}`),
        ) as string,
      });
      expect(team.askedFor(signer)).toEqual([]);
    },
  );

  it('a delegation that lists a base key of the same repository is not signed by it', async () => {
    const own = await team.delegationKey(mallory);
    await team.delegate(mallory, releases, [own, await publicKeyOf(mallory, 'targets')]);
    await publish(mallory);
    await team.publishTarget(mallory, 'tool', releases);
    expect((await team.served(mallory, releases)).signers).toEqual([canonicalKeyId(own)]);
  });
});

describe('G32 a root that lists a key of another repository or role', () => {
  it('a root that lists a key of another repository cannot have that key sign targets', async () => {
    const key = await publicKeyOf(alice, 'targets');
    // The owner of the other repository names her key as the only one for targets.
    const forger = actor(server, clock, tools);
    const root = await mallory.cryptoService.find(canonicalKeyId(await publicKeyOf(mallory, 'root')), {
      role: 'root',
      gun: tools,
    });
    await forger.cryptoService.add(root.key, 'root', '');
    const { key: own } = await alice.cryptoService.find(canonicalKeyId(key), {
      role: 'targets',
      gun: alice.gun,
    });
    await forger.cryptoService.add(own, 'targets', tools);
    await team.rotate(forger, 'targets', { newKeyIds: [own.keyId] });
    const signer = team.restarted(guest);
    await team.stageTarget(signer, 'tool');
    await expect(publish(signer)).rejects.toMatchObject({ code: 'NO_KEYS' });
    expect(team.askedFor(signer)).toEqual([]);
  });

  it('a root that lists a key of another repository cannot be made by a rotation to a stored key', async () => {
    const key = await publicKeyOf(alice, 'targets');
    await expect(team.rotate(guest, 'targets', { newKeyIds: [canonicalKeyId(key)] })).rejects.toMatchObject({
      code: 'KEY_NOT_FOUND',
      details: { unfit: true },
    });
  });
});

describe('G32 old roots', () => {
  it('old roots that the published root does not vouch for choose no key for --legacy', async () => {
    // A second root key of the owner, for something else.
    const victim = generateEcdsaKey();
    await alice.cryptoService.add(victim, 'root', '');
    await team.rotate(alice, 'root');
    const forged = certifiedSigner('docker.io/alice/demo', clock.now(), victim);
    const plain = await publicKeyOf(alice, 'targets');
    const content = rootContent({
      version: 1,
      root: [forged],
      targets: [forged],
      snapshot: plain,
      timestamp: plain,
    });
    server.tamper = (resource, bytes) => (resource === '1.root' ? sealed(content, forged) : bytes);
    await team.rotate(alice, 'root', { legacyVersions: -1 });
    server.tamper = undefined;
    const { signers } = await team.served(alice, 'root');
    expect(signers).toHaveLength(2);
    expect(signers).not.toContain(forged.id);
  });

  it('old roots that are signed by the key that the server holds choose no key either', async () => {
    await team.rotate(alice, 'root');
    const targets = await publicKeyOf(alice, 'targets');
    const mine = certifiedSigner('docker.io/alice/demo', clock.now());
    const content = rootContent({
      version: 1,
      root: [{ ...mine, id: keyId(targets), entry: targets }],
      targets: [mine],
      snapshot: targets,
      timestamp: targets,
    });
    server.tamper = (resource, bytes) => (resource === '1.root' ? sealed(content, mine) : bytes);
    await team.rotate(alice, 'root', { legacyVersions: -1 });
    server.tamper = undefined;
    expect((await team.served(alice, 'root')).signers).not.toContain(canonicalKeyId(targets));
  });
});
