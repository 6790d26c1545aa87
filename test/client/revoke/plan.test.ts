/** The changes of a revocation: which roles change, which go, and in which order. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../src/changelist/change.ts';
import { loadForPreview } from '../../../src/client/preview/preview.ts';
import { publish } from '../../../src/client/publish/publish.ts';
import { planRevocation, type RevocationPlan } from '../../../src/client/revoke/plan.ts';
import type { Revocation } from '../../../src/client/revoke/planned-roles.ts';
import { consequences, revoke } from '../../../src/client/revoke/revoke.ts';
import { stageRevocation } from '../../../src/client/revoke/stage-revocation.ts';
import { listChanges } from '../../../src/client/stage/list-changes.ts';
import type { PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { memoryServer } from '../../support/memory-server.ts';
import { refusal } from '../../support/refusal.ts';

const id = canonicalKeyId;
let owner: Actor;
let reader: Actor;
let stays: PublicKey;
let goes: PublicKey;

beforeEach(async () => {
  const clock = memoryClock();
  const server = memoryServer({ clock });
  [owner, reader] = [actor(server, clock), actor(server, clock)];
  [stays, goes] = [await team.delegationKey(owner), await team.delegationKey(owner)];
  await publish(owner);
});

async function plan(wanted: Partial<Revocation> = {}): Promise<[Revocation, RevocationPlan]> {
  const revocation = { keyIds: [id(goes)], signWith: [], ...wanted };
  return [revocation, await planRevocation(owner, await loadForPreview(owner, false), revocation)];
}

const shown = ({ changes }: RevocationPlan) =>
  changes.map(({ action, type, scope, path }: Change) => [action, type, scope, path].join(' '));

describe('a plan of a revocation', () => {
  it('a plan of a revocation takes a role away with its last key when nothing is lost, with everything below it', async () => {
    await team.delegate(owner, 'targets/a', [goes]);
    await team.delegate(owner, 'targets/b', [stays, goes]);
    await publish(owner);
    await team.delegate(owner, 'targets/a/x', [goes]);
    await publish(owner);
    const [, found] = await plan();
    expect(shown(found)).toEqual(['delete delegation targets/a ', 'update delegation targets/b ']);
    expect(found.roles.map(({ role, outcome }) => [role, outcome])).toEqual([
      ['targets/a', 'removed'],
      ['targets/a/x', 'removed'],
      ['targets/b', 'stays'],
    ]);
    expect(found.lost).toEqual([]);
    expect(found.differences).toContainEqual({ op: 'remove', what: 'role', role: 'targets/a' });
  });

  it('a plan of a revocation keeps the role whose last key goes while it holds what readers find nowhere else', async () => {
    await team.delegate(owner, 'targets/a', [goes]);
    await team.publishTarget(owner, 'v1', 'targets/a');
    const [, found] = await plan();
    expect(shown(found)).toEqual(['update delegation targets/a ']);
    expect(found.roles).toMatchObject([{ outcome: 'untrusted', left: [], mustBeSigned: true }]);
    expect(found.lost).toMatchObject([{ role: 'targets/a', only: ['v1'] }]);
    expect(found.findings).toMatchObject([{ code: 'ROLE_WITHOUT_KEYS' }, { code: 'TAGS_WOULD_VANISH' }]);
  });

  it('a plan of a revocation takes away the role when all that it holds is found elsewhere, or is to be dropped or kept', async () => {
    await team.delegate(owner, 'targets/a', [goes]);
    await publish(owner);
    await team.stageTarget(owner, 'v1', 'targets/a');
    await team.publishTarget(owner, 'v1');
    expect(shown((await plan())[1])).toEqual(['delete delegation targets/a ']);
    await team.publishTarget(owner, 'v2', 'targets/a');
    expect(shown((await plan({ lost: 'drop' }))[1])).toEqual(['delete delegation targets/a ']);
    const [, kept] = await plan({ lost: 'keep-in-targets' });
    expect(shown(kept)).toEqual(['delete delegation targets/a ', 'create target targets v2']);
    expect(kept.lost).toMatchObject([{ role: 'targets/a', only: [] }]);
  });

  it('a plan of a revocation keeps the role while a role below it holds what readers find nowhere else', async () => {
    const below = await team.delegationKey(owner);
    await team.delegate(owner, 'targets/a', [goes]);
    await publish(owner);
    await team.delegate(owner, 'targets/a/x', [below]);
    await publish(owner);
    await team.publishTarget(owner, 'v1', 'targets/a/x');
    const [, found] = await plan();
    expect(shown(found)).toEqual(['update delegation targets/a ']);
    expect(found.lost).toMatchObject([{ role: 'targets/a/x', only: ['v1'] }]);
  });

  it('a plan of a revocation has the chosen key sign again, and puts in the replacement', async () => {
    await team.delegate(owner, 'targets/a', [goes]);
    await team.publishTarget(owner, 'v1', 'targets/a');
    const [, found] = await plan({ replacement: stays, signWith: [id(stays)] });
    expect(shown(found)).toEqual(['update delegation targets/a ', 'update witness targets/a ']);
    expect(found.roles).toMatchObject([{ outcome: 'signed again', left: [id(stays)] }]);
    expect(found.differences).toMatchObject(
      [
        { op: 'add', what: 'key', role: 'targets/a' },
        { op: 'remove', what: 'key', role: 'targets/a' },
      ].sort((one) => (one.op === (id(stays) < id(goes) ? 'add' : 'remove') ? -1 : 1)),
    );
  });

  it('a plan of a revocation changes nothing where no role lists the key', async () => {
    const [, found] = await plan();
    expect([found.roles, found.changes, found.differences, found.lost]).toEqual([[], [], [], []]);
  });
});

describe('a staged revocation', () => {
  it('a staged revocation is the changes of the plan, and publishes them', async () => {
    await team.delegate(owner, 'targets/a', [stays, goes]);
    await publish(owner);
    const [revocation, found] = await plan();
    await stageRevocation(owner, revocation, found);
    expect(await listChanges(owner)).toMatchObject([{ action: 'update', scope: 'targets/a' }]);
    await publish(owner);
    expect((await plan())[1].roles).toEqual([]);
  });

  it('a staged revocation loses nothing without a word', async () => {
    await team.delegate(owner, 'targets/a', [goes]);
    await team.publishTarget(owner, 'v1', 'targets/a');
    const { gun } = owner;
    await expect(stageRevocation(owner, ...(await plan()))).rejects.toThrow(
      refusal('TAGS_WOULD_VANISH', /^1 tag of .* would vanish: v1$/, {
        ...{ gun, targets: ['v1'], roles: ['targets/a'] },
      }),
    );
    expect(owner.changelist.changes.size).toBe(0);
    await stageRevocation(owner, ...(await plan({ lost: 'drop' })));
    expect(owner.changelist.changes.size).toBe(1);
  });

  it('a staged revocation names five of the tags that would vanish, and counts the others', async () => {
    await team.delegate(owner, 'targets/a', [goes]);
    await publish(owner);
    for (const name of ['v1', 'v2', 'v3', 'v4', 'v5']) await team.stageTarget(owner, name, 'targets/a');
    await publish(owner);
    await expect(stageRevocation(owner, ...(await plan()))).rejects.toThrow(
      /^5 tags .*: v1, v2, v3, v4, v5$/,
    );
    await team.publishTarget(owner, 'v6', 'targets/a');
    await expect(stageRevocation(owner, ...(await plan()))).rejects.toThrow(
      /: v1, v2, v3, v4, v5 and 1 more$/,
    );
  });
});

describe('a revocation that is published', () => {
  beforeEach(async () => {
    await team.delegate(owner, 'targets/a', [stays, goes]);
    await team.delegate(owner, 'targets/b', [stays, goes]);
    await publish(owner);
    await team.publishTarget(owner, 'v1', 'targets/a');
  });

  it('a revocation that is published in one role leaves the key in the others', async () => {
    const [revocation, accepted] = await plan({ roles: ['targets/a'] });
    const { roles, proof } = await revoke(owner, revocation, accepted, async () => false);
    expect(roles).toEqual(['targets', 'snapshot']);
    expect(proof).toMatchObject({ kept: 1 });
    expect((await plan())[1].roles.map(({ role }) => role)).toEqual(['targets/b']);
  });

  it('a revocation that is published finds nothing wrong where the root key is kept elsewhere', async () => {
    for (const { keyId } of await owner.cryptoService.list('root')) owner.keyStorage.files.delete(keyId);
    const [revocation, accepted] = await plan();
    const { plan: done } = await revoke(owner, revocation, accepted, async () => false);
    expect(done.findings).toEqual([]);
  });

  it('a revocation that is published moves what would be lost, and a fresh reader finds it', async () => {
    await team.delegate(owner, 'targets/c', [goes]);
    await team.publishTarget(owner, 'v2', 'targets/c');
    const [revocation, accepted] = await plan({ lost: 'keep-in-targets' });
    const { proof } = await revoke(owner, revocation, accepted, async () => false);
    expect(proof.kept).toBe(2);
    expect(await team.listing(reader)).toEqual(['v1: targets/a', 'v2: targets']);
  });

  it('a revocation that costs more meanwhile is published when that is agreed to', async () => {
    const [revocation, accepted] = await plan({ lost: 'drop' });
    await team.delegate(owner, 'targets/c', [goes]);
    await team.publishTarget(owner, 'v2', 'targets/c');
    const asked: RevocationPlan[] = [];
    const agree = (answer: boolean) => async (grown: RevocationPlan) => {
      asked.push(grown);
      return answer;
    };
    await expect(revoke(owner, revocation, accepted, agree(false))).rejects.toThrow(
      refusal('PLAN_CHANGED', /would cost more/, {
        ...{ gun: owner.gun, consequences: ['targets/c removed', 'targets/c loses v2'] },
      }),
    );
    expect(await team.listing(reader)).toContain('v2: targets/c');
    await revoke(owner, revocation, accepted, agree(true));
    expect(asked).toHaveLength(2);
    expect(await team.listing(reader)).toEqual(['v1: targets/a']);
  });

  it('a revocation whose plan is the accepted one, or costs less, asks nothing', async () => {
    const [revocation, accepted] = await plan();
    await team.delegate(owner, 'targets/b', [], ['more/']);
    await publish(owner);
    const { plan: done } = await revoke(owner, revocation, accepted, () =>
      Promise.reject(new Error('asked')),
    );
    expect([...consequences(done).keys()]).toEqual(['targets/a stays', 'targets/b stays']);
  });
});
