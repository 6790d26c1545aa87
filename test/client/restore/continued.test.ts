/** Which trust data on the new server is the beginning of this restore, and which was there before. */

import { describe, expect, it } from 'vitest';
import { planRestore } from '../../../src/client/restore/plan.ts';
import { restore } from '../../../src/client/restore/restore.ts';
import * as team from '../../support/collaborators.ts';
import { days, memoryMetadataStore, seededRandom } from '../../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../../support/memory-server.ts';
import { failureOf, outcomeOf } from '../../support/refusal.ts';
import {
  cutOff,
  everything,
  move,
  type OldRepository,
  oldRepository,
  sentTo,
  sourceOf,
  uploadsTo,
} from '../../support/restoring.ts';

/** The repository as one server has it is the source, and the other one is where it goes. */
const between = (world: OldRepository, from: MemoryServer, to: MemoryServer) =>
  ({
    source: sourceOf({ ...world, old: from }),
    there: { ...sentTo(world.owner, to), cache: sentTo(world.bob, to).cache },
  }) as const;

async function refusedBetween(world: OldRepository, from: MemoryServer, to: MemoryServer) {
  to.forget();
  const { source, there } = between(world, from, to);
  const failure = await failureOf(planRestore(source, there));
  expect([failure.code, uploadsTo(to)]).toEqual(['REPOSITORY_EXISTS', []]);
  return failure;
}

/** A second restore, from the server of the first one to a third server. */
async function movedTwice() {
  const world = await oldRepository();
  await move(world);
  world.clock.advance(days(1));
  const third = memoryServer({
    clock: world.clock,
    url: 'https://third.test',
    random: seededRandom('third'),
  });
  return { world, third, ...between(world, world.next, third) };
}

describe.each(['server', 'owner'] as const)(
  'a server that was there before, the %s signs the snapshot',
  (by) => {
    it('the old server is not taken for the beginning of a restore from the new one', async () => {
      const world = await oldRepository(by);
      const before = await everything(world.warm);
      await move(world);
      const failure = await refusedBetween(world, world.next, world.old);
      expect(failure.hint).toContain('Nothing was sent');
      expect(await everything(sentTo(world.warm, world.next))).toEqual(before);
    });
  },
);

describe('a server to which the repository was restored', () => {
  it('it is not taken for the beginning of a restore from a third one, to which it went on', async () => {
    const { world, third, source, there } = await movedTwice();
    await restore(there, await planRestore(source, there));
    await refusedBetween(world, third, world.next);
    await refusedBetween(world, third, world.old);
  });

  it('it is refused where it does not tell how old it is', async () => {
    const { source, there, third } = await movedTwice();
    await outcomeOf(restore(cutOff(there, 2, 'after'), await planRestore(source, there)));
    third.override({ path: '/1.timestamp.json', status: 404 });
    expect((await failureOf(planRestore(source, there))).code).toBe('REPOSITORY_EXISTS');
  });

  it('a restore from it that was interrupted goes on', async () => {
    const { source, there } = await movedTwice();
    const { uploads } = await planRestore(source, there);
    await outcomeOf(restore(cutOff(there, 2, 'after'), await planRestore(source, there)));
    const left = await planRestore(source, there);
    expect(left.uploads).toBe(uploads - 2);
    expect((await restore(there, left)).proof.targets).toBe(6);
  });

  it('what signers publish there meanwhile does not keep an interrupted restore from going on', async () => {
    const { world, source, there, third } = await movedTwice();
    await outcomeOf(restore(cutOff(there, 3, 'after'), await planRestore(source, there)));
    world.clock.advance(days(1));
    // Bob has read nothing yet: roots on the way are not all there yet.
    const bob = { ...sentTo(world.bob, third), cache: memoryMetadataStore() };
    await team.publishTarget(bob, 'r9', 'targets/releases');
    const { proof } = await restore(there, await planRestore(source, there));
    expect(proof.newer).toEqual(['targets/releases']);
  });
});
