/** Owners who delegate, and holders of delegation keys who sign. */

import { beforeEach, describe, expect, it } from 'vitest';
import { delegationChange, serialiseChange } from '../../src/changelist/change.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { listDelegations } from '../../src/client/read/list-delegations.ts';
import { purgeDelegations, removeDelegation } from '../../src/client/stage/delegations.ts';
import { removeTarget } from '../../src/client/stage/remove-target.ts';
import { warnAtDelegation } from '../../src/client/stage/snapshot-key-warning.ts';
import { stageWitness } from '../../src/client/stage/witness.ts';
import { update } from '../../src/client/update/update.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';
import { epoch, type MemoryClock } from '../support/memory-ports.ts';
import type { MemoryServer } from '../support/memory-server.ts';
import { certifiedSigner } from '../support/metadata-author.ts';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;
let bob: Actor;

beforeEach(async () => {
  ({ clock, server, owner } = freshServer());
  bob = actor(server, clock);
  await publish(owner);
});

const removal = (role: string, part: Partial<Parameters<typeof removeDelegation>[1]>) =>
  removeDelegation(owner, { role, keyIds: [], paths: [], allPaths: false, whole: false, ...part });

const roleNames = async () => (await listDelegations(owner)).map(({ name }) => name);

describe('an owner who holds the snapshot key', () => {
  for (const kind of ['a bare key', 'a certificate']) {
    it(`an owner who holds the snapshot key delegates to ${kind}, two levels deep in one publication, and signs only the parents`, async () => {
      const signer = certifiedSigner('targets/a', epoch);
      await owner.cryptoService.add(signer.key, 'delegation', '');
      const entry: PublicKey = kind === 'a certificate' ? signer.entry : signer.key.publicKey;
      for (const role of ['targets/a', 'targets/a/b', 'targets/c']) await team.delegate(owner, role, [entry]);
      expect(owner.changelist.changes.size).toBe(6);
      const again = team.restarted(owner);
      expect((await publish(again)).roles).toEqual(['targets', 'targets/a', 'snapshot']);
      expect(team.askedFor(again)).toEqual(['delegation', 'snapshot', 'targets']);
      expect(await listDelegations(bob)).toEqual(
        ['targets/a', 'targets/a/b', 'targets/c'].map((name) => ({
          name,
          paths: [''],
          keyIds: [signer.key.keyId],
          threshold: 1,
        })),
      );
    });
  }

  it('an owner who holds the snapshot key cannot delegate below a role that does not exist, and the changes stay', async () => {
    await team.delegate(owner, 'targets/z/y', [await team.delegationKey(owner)]);
    const again = team.restarted(owner);
    await expect(publish(again)).rejects.toMatchObject({ code: 'NO_SUCH_ROLE' });
    expect([again.changelist.changes.size, team.askedFor(again)]).toEqual([2, []]);
  });

  it('an owner who holds the snapshot key signs into a delegation of his own in the publication that makes it', async () => {
    for (const role of ['targets/a', 'targets/a/b']) {
      await team.delegate(owner, role, [await team.delegationKey(owner)]);
    }
    await team.publishTarget(owner, 'v1', 'targets/a/b');
    expect(await team.listing(bob)).toEqual(['v1: targets/a/b']);
    expect((await team.served(owner, 'targets')).signed.get('targets')).toEqual(new Map());
  });

  it('an owner who holds the snapshot key does not need the targets key to sign into a delegation', async () => {
    await team.delegate(owner, 'targets/a', [await team.delegationKey(owner)]);
    await publish(owner);
    for (const { keyId } of await owner.cryptoService.list('targets'))
      await owner.cryptoService.remove(keyId);
    const again = team.restarted(owner);
    await team.stageTarget(again, 'v1', 'targets/a');
    expect((await publish(again)).roles).toEqual(['targets/a', 'snapshot']);
    expect(team.askedFor(again)).toEqual(['delegation', 'snapshot']);
  });

  it('an owner who holds the snapshot key cannot sign into a role without its keys; nothing is sent and the change stays', async () => {
    await team.delegate(owner, 'targets/a', [generateEcdsaKey().publicKey]);
    await publish(owner);
    server.forget();
    await team.stageTarget(owner, 'v1', 'targets/a');
    await expect(publish(owner)).rejects.toMatchObject({ code: 'NO_KEYS' });
    expect(server.lines().filter((line) => line.startsWith('POST'))).toEqual([]);
    expect(owner.changelist.changes.size).toBe(1);
    expect(await team.listing(bob)).toEqual([]);
  });

  it('an owner who holds the snapshot key cannot sign into a role that does not exist', async () => {
    await team.stageTarget(owner, 'v1', 'targets/a/b');
    await expect(publish(owner)).rejects.toMatchObject({ code: 'NO_SUCH_ROLE' });
  });

  it('an owner who holds the snapshot key is the only one who can publish', async () => {
    const key = await team.delegationKey(bob);
    await team.delegate(owner, 'targets/a', [key]);
    await publish(owner);
    await team.stageTarget(bob, 'v1', 'targets/a');
    const [snapshotKey] = await owner.cryptoService.list('snapshot');
    await expect(publish(bob)).rejects.toMatchObject({
      code: 'BAD_HIERARCHY',
      message: expect.stringMatching(/^Metadata hierarchy is incomplete: no snapshot was included/) as string,
      details: { gun: owner.gun, role: 'snapshot', keys: [snapshotKey?.keyId] },
      hint: `The snapshot of ${owner.gun} has to be signed with the key ${snapshotKey?.keyId ?? ''}, which is neither here nor with the server. Ask the owner to run: tsnotary key rotate ${owner.gun} snapshot -r; then publish again. What is staged stays staged.`,
    });
    expect(bob.changelist.changes.size).toBe(1);
  });

  it('an owner who holds the snapshot key is told so when he publishes a delegation, and only then', async () => {
    const told = () => owner.log.records.filter(({ code }) => code === 'SNAPSHOT_KEY_HERE');
    await team.publishTarget(owner, 'v1');
    expect(told()).toEqual([]);
    await team.delegate(owner, 'targets/a', [await team.delegationKey(bob)]);
    await publish(owner);
    expect(told()).toMatchObject([
      { message: expect.stringContaining(`tsnotary key rotate ${owner.gun} snapshot -r`) as string },
    ]);
  });

  it('an owner who holds the snapshot key is told so when he stages a delegation, by the root that is here', async () => {
    const told = () => owner.log.records.filter(({ code }) => code === 'SNAPSHOT_KEY_HERE').length;
    await warnAtDelegation(owner);
    expect(told()).toBe(1);
    await warnAtDelegation(bob);
    owner.cache.files.set('root', Buffer.from('damaged'));
    await warnAtDelegation(owner);
    expect([told(), bob.log.messages('warn')]).toEqual([1, []]);
  });

  it('a collaborator without the snapshot key who has nothing new to publish is told what that means', async () => {
    await team.delegate(owner, 'targets/a', [await team.delegationKey(bob)]);
    await team.publishTarget(owner, 'v1', 'targets');
    const nothing = expect.stringMatching(
      /^There is nothing new to publish for .* reset .* --all discards it\./,
    ) as string;
    await expect(publish(bob)).rejects.toMatchObject({ code: 'BAD_HIERARCHY', hint: nothing });
    await team.stageTarget(bob, 'v1');
    await expect(publish(bob)).rejects.toMatchObject({ code: 'BAD_HIERARCHY', hint: nothing });
  });

  it('a witness of a delegation that has never been signed says that, and one of an unknown role does not', async () => {
    await team.delegate(owner, 'targets/a', [await team.delegationKey(owner)]);
    await publish(owner);
    await stageWitness(owner, ['targets/a']);
    await expect(publish(owner)).rejects.toMatchObject({
      code: 'NO_SUCH_ROLE',
      message: 'tuf: invalid role targets/a. this role is not known',
      details: { neverSigned: true },
      hint: expect.stringMatching(
        /^targets\/a is listed and has never been signed, .* tsnotary add \S+ NAME FILE -r targets\/a -p\./,
      ) as string,
    });
    owner.changelist.changes.clear();
    await stageWitness(owner, ['targets/b']);
    await expect(publish(owner)).rejects.toMatchObject({
      hint: expect.stringMatching(
        /^(?:Did you mean targets\/a\? )?It is about the staged change 0/,
      ) as string,
    });
  });

  it('the holder of the root key who has lost the snapshot key is told that he can hand it to the server', async () => {
    for (const { keyId } of await owner.cryptoService.list('snapshot'))
      await owner.cryptoService.remove(keyId);
    const again = team.restarted(owner);
    await team.stageTarget(again, 'v1');
    await expect(publish(again)).rejects.toMatchObject({
      hint: expect.stringContaining(
        `The root key is here: tsnotary key rotate ${owner.gun} snapshot -r`,
      ) as string,
    });
    await team.shareSnapshot(again);
    await publish(again);
    expect(await team.listing(bob)).toEqual(['v1: targets']);
  });
});

describe('holders of delegation keys, with the snapshot signed by the server', () => {
  let key: PublicKey;

  beforeEach(async () => {
    await team.shareSnapshot(owner);
    key = await team.delegationKey(bob);
    await team.delegate(owner, 'targets/a', [key]);
    await publish(owner);
  });

  it('holders of delegation keys sign without any other key, into roles that they hear of from the server', async () => {
    const again = team.restarted(bob);
    await team.stageTarget(again, 'v1', 'targets/a');
    await team.stageTarget(again, 'v2', 'targets/a');
    await removeTarget(again, { name: 'v1', roles: ['targets/a'] });
    expect((await publish(again)).roles).toEqual(['targets/a']);
    expect(team.askedFor(again)).toEqual(['delegation']);
    expect(await team.listing(owner)).toEqual(['v2: targets/a']);
  });

  it('holders of delegation keys can use a key whatever role its file names', async () => {
    const carol = actor(server, clock);
    const other = generateEcdsaKey();
    await carol.cryptoService.add(other, 'user', '');
    await team.delegate(owner, 'targets/a', [other.publicKey]);
    await publish(owner);
    await team.publishTarget(carol, 'v1', 'targets/a');
    expect(await team.listing(owner)).toEqual(['v1: targets/a']);
  });

  it('holders of delegation keys use a certificate as well as a bare key', async () => {
    const carol = actor(server, clock);
    const signer = certifiedSigner('carol', epoch);
    await carol.cryptoService.add(signer.key, 'user', '');
    await team.delegate(owner, 'targets/a', [signer.entry]);
    await publish(owner);
    await team.publishTarget(carol, 'v1', 'targets/a');
    expect((await team.served(owner, 'targets/a')).signers).toEqual([signer.id]);
    expect(await team.listing(actor(server, clock))).toEqual(['v1: targets/a']);
  });

  it('holders of delegation keys share a role: each adds to what the other has signed', async () => {
    const carol = actor(server, clock);
    await team.delegate(owner, 'targets/a', [await team.delegationKey(carol)]);
    await publish(owner);
    await team.publishTarget(bob, 'first', 'targets/a');
    await team.publishTarget(carol, 'second', 'targets/a');
    await team.publishTarget(bob, 'third', 'targets/a');
    for (const who of [owner, bob, carol, actor(server, clock)]) {
      expect(await team.listing(who)).toEqual(['first: targets/a', 'second: targets/a', 'third: targets/a']);
    }
  });

  it('holders of delegation keys whom others have overtaken publish their change on top', async () => {
    const carol = actor(server, clock);
    await team.delegate(owner, 'targets/a', [await team.delegationKey(carol)]);
    await publish(owner);
    await team.stageTarget(bob, 'by bob', 'targets/a');
    let raced = false;
    const racing: Actor = {
      ...bob,
      remote: {
        ...bob.remote,
        publish: async (files) => {
          if (!raced) await team.publishTarget(carol, 'by carol', 'targets/a');
          raced = true;
          return bob.remote.publish(files);
        },
      },
    };
    await publish(racing);
    expect(bob.changelist.changes.size).toBe(0);
    expect(await team.listing(owner)).toEqual(['by bob: targets/a', 'by carol: targets/a']);
  });

  it('holders of delegation keys delegate further below their role, and only there', async () => {
    await team.delegate(bob, 'targets/a/b', [key]);
    expect((await publish(bob)).roles).toEqual(['targets/a']);
    await team.delegate(bob, 'targets/c', [key]);
    await expect(publish(bob)).rejects.toMatchObject({ code: 'NO_KEYS' });
    expect(await roleNames()).toEqual(['targets/a', 'targets/a/b']);
  });

  it('holders of delegation keys cannot sign names outside of the paths of their role', async () => {
    await team.delegate(owner, 'targets/p', [key], ['p/']);
    await publish(owner);
    await team.stageTarget(bob, 'q/1', 'targets/p');
    await expect(publish(bob)).rejects.toMatchObject({ code: 'INVALID_PATH' });
    expect(bob.changelist.changes.size).toBe(1);
  });

  it('holders of delegation keys lose the right to sign when the owner replaces their key in one step', async () => {
    await team.publishTarget(bob, 'v1', 'targets/a');
    const newKey = await team.delegationKey(owner);
    const part = { threshold: 1, addKeys: [newKey], removeKeys: [canonicalKeyId(key)] };
    await owner.changelist.add(serialiseChange(delegationChange('update', 'targets/a', part)));
    await publish(owner);
    await team.stageTarget(bob, 'v2', 'targets/a');
    await expect(publish(bob)).rejects.toMatchObject({ code: 'NO_KEYS' });
    expect((await listDelegations(owner))[0]?.keyIds).toEqual([canonicalKeyId(newKey)]);
  });

  it('holders of delegation keys lose the right to sign when the owner removes the role', async () => {
    await team.publishTarget(bob, 'v1', 'targets/a');
    await removal('targets/a', { whole: true });
    await publish(owner);
    expect(await roleNames()).toEqual([]);
    expect(await team.listing(bob)).toEqual([]);
    await team.stageTarget(bob, 'v2', 'targets/a');
    await expect(publish(bob)).rejects.toMatchObject({ code: 'NO_SUCH_ROLE' });
  });

  it('holders of delegation keys lose the right to sign in every role at once when their key is purged', async () => {
    const other = await team.delegationKey(owner);
    await team.delegate(owner, 'targets/c', [key, other]);
    await publish(owner);
    await purgeDelegations(owner, [canonicalKeyId(key)]);
    await publish(owner);
    expect((await listDelegations(owner)).map(({ name, keyIds }) => [name, keyIds])).toEqual([
      ['targets/a', []],
      ['targets/c', [canonicalKeyId(other)]],
    ]);
  });

  it('holders of delegation keys get back what they signed when a witness takes the role over', async () => {
    await team.publishTarget(bob, 'v1', 'targets/a');
    const newKey = await team.delegationKey(owner);
    await team.delegate(owner, 'targets/a', [newKey]);
    await removal('targets/a', { keyIds: [canonicalKeyId(key)] });
    await publish(owner);
    expect(await team.listing(actor(server, clock))).toEqual([]);
    await stageWitness(owner, ['targets/a']);
    await publish(owner);
    expect(await team.listing(actor(server, clock))).toEqual(['v1: targets/a']);
    expect((await team.served(owner, 'targets/a')).version).toBe(2);
  });

  it('holders of delegation keys are read from the server when their file in the cache is damaged', async () => {
    await team.publishTarget(bob, 'v1', 'targets/a');
    await update(bob);
    bob.cache.files.set('targets/a', Buffer.from('not JSON'));
    await team.publishTarget(bob, 'v2', 'targets/a');
    expect(await team.listing(owner)).toEqual(['v1: targets/a', 'v2: targets/a']);
  });
});
