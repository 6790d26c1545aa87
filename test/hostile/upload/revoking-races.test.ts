/** Revocations that cross with another publish. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import { removeTarget } from '../../../src/client/stage/remove-target.ts';
import { stageWitness } from '../../../src/client/stage/witness.ts';
import type { Actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { failureOf, outcomeOf } from '../../support/refusal.ts';
import {
  changeTag,
  gun,
  id,
  inReleases,
  own,
  type RevocationWorld,
  releases,
  revocationWorld,
} from './revocation-world.ts';

let world: RevocationWorld;
beforeEach(async () => {
  world = await revocationWorld();
});

describe('G25 a revocation that crosses with a publish of the revoked key', () => {
  it('a revocation says which tags are lost when the revoked key signs the role between the read and the upload, which no server notices', async () => {
    const failure = await failureOf(
      world.revokeBob({
        wanted: inReleases,
        beforeUpload: () => team.publishTarget(world.bob, 'v3', releases),
      }),
    );
    expect(failure).toMatchObject({
      code: 'PUBLISH_UNVERIFIED',
      details: { gun, targets: expect.arrayContaining(['v1', 'v2']) as string[], roles: [releases] },
      hint: expect.stringContaining(`tsnotary witness ${gun} ${releases} -p`) as string,
    });
    expect(await world.rolesOfBob()).toEqual([own]);
    await stageWitness(world.alice, [releases]);
    await publish(world.alice);
    expect([...(await world.seen()).keys()]).toEqual(
      expect.arrayContaining([`${releases} v1`, `${releases} v2`]),
    );
  });

  it('a revocation changes nothing when the revoked key signs the role after the plan was agreed to', async () => {
    const before = await world.rolesOfBob();
    const failure = await failureOf(
      world.revokeBob({ wanted: inReleases, afterPlan: () => team.publishTarget(world.bob, 'v3', releases) }),
    );
    expect(failure).toMatchObject({
      code: 'TAGS_WOULD_VANISH',
      details: { targets: expect.arrayContaining(['v1', 'v2', 'v3']) as string[] },
    });
    expect(await world.rolesOfBob()).toEqual(before);
  });

  it.each(['afterPlan', 'beforeUpload'] as const)(
    'a revocation that signs the role again does not assert a tag of the revoked key that was not in the plan: %s',
    async (moment) => {
      await world.lendKeyOfAlice();
      const before = await world.rolesOfBob();
      const failure = await failureOf(
        world.revokeBob({
          wanted: { ...inReleases, signWith: [id(world.keyOfAlice)] },
          [moment]: () => team.publishTarget(world.bob, 'evil', releases),
        }),
      );
      expect(failure).toMatchObject({
        code: 'PLAN_CHANGED',
        details: {
          consequences: expect.arrayContaining([
            expect.stringContaining(`${releases} signs evil sha256:`),
          ]) as string[],
        },
      });
      expect(await world.rolesOfBob()).toEqual(before);
    },
  );

  it('a revocation that signs the role again does not assert a content that was not in the plan', async () => {
    await world.lendKeyOfAlice();
    const failure = await failureOf(
      world.revokeBob({
        wanted: { ...inReleases, signWith: [id(world.keyOfAlice)] },
        beforeUpload: () => changeTag(world.bob, 'v1', releases),
      }),
    );
    expect(failure).toMatchObject({ code: 'PLAN_CHANGED' });
  });

  it('a revocation that moves tags to targets does not sign a content there that was not in the plan', async () => {
    const failure = await failureOf(
      world.revokeBob({
        wanted: { roles: [own], lost: 'keep-in-targets' },
        afterPlan: () => changeTag(world.bob, 'b1', own),
      }),
    );
    expect(failure).toMatchObject({ code: 'PLAN_CHANGED' });
    expect(await world.rolesOfBob()).toEqual([releases, own]);
  });

  it('a revocation that moves tags to targets keeps the content of the plan when the revoked key changes it before the upload', async () => {
    const before = await world.seen();
    await world.revokeBob({
      wanted: { roles: [own], lost: 'keep-in-targets' },
      beforeUpload: () => changeTag(world.bob, 'b1', own),
    });
    expect((await world.seen()).get('targets b1')).toBe(before.get(`${own} b1`));
  });

  it('a revocation that drops tags has none of them come back when the revoked key adds another before the upload', async () => {
    await world.revokeBob({
      wanted: { lost: 'drop', roles: [own] },
      beforeUpload: () => team.publishTarget(world.bob, 'b2', own),
    });
    expect([...(await world.seen()).keys()].filter((line) => line.startsWith(own))).toEqual([]);
  });

  it('a revocation is proved when the revoked key tries to publish after the upload', async () => {
    const { proof } = await world.revokeBob({
      wanted: { lost: 'drop' },
      afterUpload: () => outcomeOf(team.publishTarget(world.bob, 'v3', releases)),
    });
    expect(proof).toMatchObject({ kept: 3 });
    expect(await world.rolesOfBob()).toEqual([]);
  });
});

describe('G25 a revocation that crosses with a publish of a key that stays', () => {
  it.each(['afterPlan', 'beforeUpload', 'afterUpload'] as const)(
    'a revocation keeps what a collaborator who stays adds: %s',
    async (moment) => {
      const before = await world.seen();
      const { proof } = await world.revokeBob({
        wanted: inReleases,
        [moment]: () => team.publishTarget(world.alice, 'v3', releases),
      });
      expect(proof.changedMeanwhile).toEqual([]);
      const after = await world.seen();
      for (const [line, hash] of before) expect(after.get(line), line).toBe(hash);
      expect(after.has(`${releases} v3`)).toBe(true);
    },
  );

  it.each(['beforeUpload', 'afterUpload'] as const)(
    'a revocation names a tag that a collaborator who stays changes: %s',
    async (moment) => {
      const { proof } = await world.revokeBob({
        wanted: inReleases,
        [moment]: () => changeTag(world.alice, 'v1', releases),
      });
      expect(proof.changedMeanwhile).toEqual([{ role: releases, target: 'v1' }]);
    },
  );

  it.each(['beforeUpload', 'afterUpload'] as const)(
    'a revocation fails and names a tag that a collaborator who stays removes: %s',
    async (moment) => {
      const remove = async () => {
        await removeTarget(world.alice, { name: 'v1', roles: [releases] });
        await publish(world.alice);
      };
      const failure = await failureOf(world.revokeBob({ wanted: inReleases, [moment]: remove }));
      expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED', details: { targets: ['v1'] } });
    },
  );

  it('a revocation that signs the role again meets a conflict with a collaborator who stays, and keeps what both have signed', async () => {
    await world.lendKeyOfAlice();
    const { roles } = await world.revokeBob({
      wanted: { ...inReleases, signWith: [id(world.keyOfAlice)] },
      beforeUpload: () => team.publishTarget(world.alice, 'v3', releases),
    });
    expect(roles).toContain(releases);
    const after = [...(await world.seen()).keys()];
    expect(after).toEqual(expect.arrayContaining([`${releases} v1`, `${releases} v3`]));
  });

  it.each(['beforeUpload', 'afterUpload'] as const)(
    'a revocation fails when a collaborator who stays gives the revoked key a role below: %s',
    async (moment) => {
      const nested = `${releases}/nested`;
      const failure = await failureOf(
        world.revokeBob({
          wanted: { lost: 'drop' },
          [moment]: async () => {
            await team.delegate(world.alice, nested, [world.keyOfBob.entry]);
            await publish(world.alice);
          },
        }),
      );
      expect(failure).toMatchObject({
        code: 'PUBLISH_UNVERIFIED',
        details: { role: nested, key: id(world.keyOfBob) },
      });
    },
  );

  it('a revocation fails when another machine of the owner lists the key again after the upload', async () => {
    const other: Actor = { ...world.reader(), cryptoService: world.owner.cryptoService };
    const failure = await failureOf(
      world.revokeBob({
        wanted: { lost: 'drop' },
        afterUpload: async () => {
          await team.delegate(other, releases, [world.keyOfBob.entry]);
          await publish(other);
        },
      }),
    );
    expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED' });
    expect(await world.rolesOfBob()).toContain(releases);
  });

  it('a revocation is made anew on what another machine of the owner publishes before the upload', async () => {
    const other: Actor = { ...world.reader(), cryptoService: world.owner.cryptoService };
    await world.revokeBob({ wanted: inReleases, beforeUpload: () => team.publishTarget(other, 'v9') });
    expect((await world.seen()).has('targets v9')).toBe(true);
    expect(await world.rolesOfBob()).toEqual([own]);
  });
});
