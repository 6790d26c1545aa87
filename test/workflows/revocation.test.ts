/** Revocation against a server in memory: what it plans, what it publishes, and what a fresh reader sees then. */

import { beforeEach, describe, expect, it } from 'vitest';
import { loadForPreview } from '../../src/client/preview/preview.ts';
import { stateOf } from '../../src/client/preview/published-state.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { planRevocation } from '../../src/client/revoke/plan.ts';
import type { Revocation } from '../../src/client/revoke/planned-roles.ts';
import { revoke } from '../../src/client/revoke/revoke.ts';
import { stagedKeys } from '../../src/client/revoke/staged-keys.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { baseRole } from '../../src/metadata/root.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';

let server: MemoryServer;
let clock: ReturnType<typeof memoryClock>;
let owner: Actor;
let alice: Actor;
let bob: Actor;
let keyOfAlice: PublicKey;
let keyOfBob: PublicKey;
const releases = 'targets/releases';

/** Alice and bob may sign `targets/releases`; it holds `v1`, and `targets` holds `v0`. */
beforeEach(async () => {
  clock = memoryClock();
  server = memoryServer({ clock });
  [owner, alice, bob] = [actor(server, clock), actor(server, clock), actor(server, clock)];
  await publish(owner);
  await team.shareSnapshot(owner);
  [keyOfAlice, keyOfBob] = [await team.delegationKey(alice), await team.delegationKey(bob)];
  await team.delegate(owner, releases, [keyOfAlice, keyOfBob]);
  await team.publishTarget(owner, 'v0');
});

const id = canonicalKeyId;
const freshReader = () => actor(server, clock);

async function plan(who: Actor, wanted: Partial<Revocation>) {
  const revocation = { keyIds: [id(keyOfBob)], signWith: [], ...wanted };
  const loaded = await loadForPreview(who, false);
  return { revocation, plan: await planRevocation(who, loaded, revocation) };
}

async function revokeBob(who: Actor, wanted: Partial<Revocation> = {}) {
  const { revocation, plan: accepted } = await plan(who, wanted);
  return revoke(who, revocation, accepted, async () => false);
}

describe('revocation', () => {
  it('the key of one of several signers goes, and what another has signed stays', async () => {
    await team.publishTarget(alice, 'v1', releases);
    const { plan: done, proof } = await revokeBob(owner);
    expect(done.roles).toMatchObject([{ role: releases, outcome: 'stays', left: [id(keyOfAlice)] }]);
    expect(proof).toMatchObject({ kept: 2, changedMeanwhile: [] });
    expect(await team.listing(freshReader())).toEqual(['v0: targets', 'v1: targets/releases']);
    await expect(team.publishTarget(bob, 'v2', releases)).rejects.toMatchObject({ code: 'NO_KEYS' });
  });

  it('tags that only the revoked key has signed are not lost without a word', async () => {
    await team.publishTarget(bob, 'v1', releases);
    const before = await team.listing(freshReader());
    await expect(revokeBob(owner)).rejects.toMatchObject({
      code: 'TAGS_WOULD_VANISH',
      details: { targets: ['v1'], roles: [releases] },
    });
    expect(await team.listing(freshReader())).toEqual(before);
  });

  it('a key that stays and is here signs the role again in the same upload', async () => {
    await team.publishTarget(bob, 'v1', releases);
    await owner.cryptoService.add(
      (await alice.cryptoService.find(id(keyOfAlice), { role: releases, gun: owner.gun })).key,
      'delegation',
      '',
    );
    const { plan: done, roles } = await revokeBob(owner, { signWith: [id(keyOfAlice)] });
    expect(done.roles).toMatchObject([{ outcome: 'signed again', mustBeSigned: true, targets: 1 }]);
    expect([...roles].sort()).toEqual(['targets', releases]);
    expect(await team.listing(freshReader())).toEqual(['v0: targets', 'v1: targets/releases']);
  });

  it('tags that would vanish are signed in targets, and the role without keys goes', async () => {
    await team.delegate(owner, 'targets/bob', [keyOfBob]);
    await publish(owner);
    await team.publishTarget(bob, 'v1', 'targets/bob');
    const { plan: done } = await revokeBob(owner, { lost: 'keep-in-targets' });
    expect(done.roles.map(({ role, outcome }) => [role, outcome])).toEqual([
      ['targets/bob', 'removed'],
      [releases, 'stays'],
    ]);
    expect(await team.listing(freshReader())).toEqual(['v0: targets', 'v1: targets']);
  });

  it('tags that are dropped are gone for every reader', async () => {
    await team.publishTarget(bob, 'v1', releases);
    const { proof } = await revokeBob(owner, { lost: 'drop' });
    expect(proof.kept).toBe(1);
    expect(await team.listing(freshReader())).toEqual(['v0: targets']);
  });

  it('a tag that targets has with another digest is not replaced by the one that is to be kept', async () => {
    await team.publishTarget(bob, 'v1', releases);
    const { addTarget } = await import('../../src/client/stage/add-target.ts');
    const meta = { length: 1, hashes: new Map([['sha256', Buffer.alloc(32).toString('base64')]]) };
    await addTarget(owner, { name: 'v1', meta, roles: [] });
    await publish(owner);
    await expect(revokeBob(owner, { lost: 'keep-in-targets' })).rejects.toMatchObject({
      code: 'TARGETS_CONFLICT',
      details: { targets: ['v1'] },
    });
  });

  it('a certificate takes the place of the revoked key', async () => {
    const keyOfDave = await team.delegationKey(owner);
    await team.publishTarget(bob, 'v1', releases);
    const { plan: done } = await revokeBob(owner, {
      replacement: keyOfDave,
      signWith: [id(keyOfDave)],
    });
    expect(done.roles).toMatchObject([{ outcome: 'signed again', left: [id(keyOfAlice), id(keyOfDave)] }]);
    expect(await team.listing(freshReader())).toEqual(['v0: targets', 'v1: targets/releases']);
    await team.publishTarget(owner, 'v2', releases);
  });

  it('a plan on a role that does not have the key is refused', async () => {
    await expect(plan(owner, { roles: ['targets'] })).rejects.toMatchObject({ code: 'KEY_NOT_IN_ROLE' });
  });

  it('a key to sign with that stays in no role is refused', async () => {
    await expect(plan(owner, { signWith: [id(keyOfBob)] })).rejects.toMatchObject({
      code: 'KEY_NOT_IN_ROLE',
    });
  });

  it('a plan writes nothing that readers see', async () => {
    await team.publishTarget(bob, 'v1', releases);
    const before = await team.listing(freshReader());
    await plan(owner, { lost: 'drop' });
    expect(await team.listing(freshReader())).toEqual(before);
  });

  it('what is staged stays staged', async () => {
    await team.publishTarget(alice, 'v1', releases);
    await team.stageTarget(owner, 'v9');
    await revokeBob(owner);
    expect(await team.listing(freshReader())).not.toContain('v9: targets');
    expect(owner.changelist.changes.size).toBe(1);
  });

  it('a plan whose consequences have grown meanwhile is not carried out without asking', async () => {
    await team.publishTarget(alice, 'v1', releases);
    const { revocation, plan: accepted } = await plan(owner, { lost: 'drop' });
    await team.publishTarget(bob, 'v2', releases);
    await expect(revoke(owner, revocation, accepted, async () => false)).rejects.toMatchObject({
      code: 'PLAN_CHANGED',
    });
    expect(await team.listing(freshReader())).toContain('v2: targets/releases');
  });

  it('a role that readers do not believe is not signed again: tags of an earlier thief stay gone', async () => {
    const mallory = actor(server, clock);
    const keyOfMallory = await team.delegationKey(mallory);
    await team.delegate(owner, releases, [keyOfMallory]);
    await publish(owner);
    await team.publishTarget(mallory, 'backdoor', releases);
    await revokeBob(owner, { keyIds: [id(keyOfMallory)], lost: 'drop' });
    await owner.cryptoService.add(
      (await alice.cryptoService.find(id(keyOfAlice), { role: releases, gun: owner.gun })).key,
      'delegation',
      '',
    );
    const { plan: done } = await revokeBob(owner, { signWith: [id(keyOfAlice)] });
    expect(done.roles).toMatchObject([{ outcome: 'untrusted', believed: false, targets: 1 }]);
    expect(await team.listing(freshReader())).toEqual(['v0: targets']);
  });

  it('a role whose tags readers do not believe does not go with its last key, unless they are dropped', async () => {
    await team.publishTarget(bob, 'v1', releases);
    await revokeBob(owner, { lost: 'drop' });
    const alone = { keyIds: [id(keyOfAlice)] };
    expect((await plan(owner, alone)).plan.roles).toMatchObject([{ outcome: 'untrusted', left: [] }]);
    expect((await plan(owner, { ...alone, lost: 'keep-in-targets' })).plan.roles).toMatchObject([
      { outcome: 'untrusted' },
    ]);
    expect((await plan(owner, { ...alone, lost: 'drop' })).plan.roles).toMatchObject([
      { outcome: 'removed' },
    ]);
  });

  it.each(['root', 'targets', 'timestamp', 'snapshot'] as const)(
    'a key of %s is not revoked: it is replaced',
    async (role) => {
      const { repo } = await loadForPreview(owner, false);
      const signers = baseRole(repo.root.content, role);
      const [[listed, key] = []] = [...signers.keys];
      if (listed === undefined || key === undefined) throw new Error('no key');
      for (const keyId of [id(key), asCanonicalKeyId(listed)])
        await expect(plan(owner, { keyIds: [keyId] })).rejects.toMatchObject({
          code: 'KEY_OF_OWNER',
          details: { role },
        });
    },
  );

  it('a replacement that is the revoked key itself is refused before anything is sent', async () => {
    await expect(plan(owner, { replacement: keyOfBob })).rejects.toMatchObject({ code: 'FLAG_CONTRADICTED' });
  });

  it('a holder does not keep his key by a nested role of his own', async () => {
    await team.delegate(bob, `${releases}/x`, [keyOfBob]);
    await publish(bob);
    const { plan: done } = await revokeBob(owner, { lost: 'drop' });
    expect(done.findings).toContainEqual(
      expect.objectContaining({ code: 'PURGE_INCOMPLETE', role: `${releases}/x` }),
    );
    const { roles } = stateOf((await loadForPreview(freshReader(), false)).repo, owner.gun);
    expect(roles.get(releases)).toMatchObject({ file: { standing: 'untrusted' } });
  });

  it('staged changes that would bring the key back are found', async () => {
    await team.delegate(owner, 'targets/qa', [keyOfBob]);
    expect(await stagedKeys(owner, [id(keyOfBob)])).toMatchObject([
      { code: 'PURGE_INCOMPLETE', role: 'targets/qa', keyId: id(keyOfBob), change: 0 },
    ]);
    expect(await stagedKeys(owner, [id(keyOfAlice)])).toEqual([]);
    await owner.changelist.add(Buffer.from('junk'));
    expect(await stagedKeys(owner, [id(keyOfAlice)])).toMatchObject([
      {
        code: 'CHANGE_UNREADABLE',
        change: 2,
        hint: { command: ['tsnotary', 'reset', owner.gun, '-n', '2'] },
      },
    ]);
  });
});

describe('a revocation by which a nested role falls', () => {
  it('what its holder publishes between the read and the upload is named, and not lost silently', async () => {
    const nested = 'targets/bob/alice';
    await team.delegate(owner, 'targets/bob', [keyOfBob]);
    await publish(owner);
    await team.delegate(bob, nested, [keyOfAlice]);
    await publish(bob);
    const crossing: Actor = {
      ...owner,
      remote: {
        ...owner.remote,
        publish: async (files) => {
          await team.publishTarget(alice, 'late', nested);
          await owner.remote.publish(files);
        },
      },
    };
    await expect(revokeBob(crossing, { lost: 'drop' })).rejects.toMatchObject({
      ...{ code: 'PUBLISH_UNVERIFIED', details: { role: nested } },
    });
    expect(await team.listing(freshReader())).toEqual(['v0: targets']);
  });
});
