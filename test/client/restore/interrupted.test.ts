/** A restore that stops after any of its uploads, whether the server has taken it or not, is continued by running it again. */

import { describe, expect, it } from 'vitest';
import { planRestore } from '../../../src/client/restore/plan.ts';
import { restore } from '../../../src/client/restore/restore.ts';
import { NotaryError } from '../../../src/errors.ts';
import { type Actor, actor } from '../../support/actor.ts';
import { outcomeOf, refusal } from '../../support/refusal.ts';
import {
  cutOff,
  emptyServer,
  everything,
  move,
  oldRepository,
  sentTo,
  sourceOf,
  uploadsTo,
} from '../../support/restoring.ts';

describe.each(['server', 'owner'] as const)('interrupted, the %s signs the snapshot', (snapshot) => {
  it('a restore that is cut off at any upload goes on from there, and ends as one that was not', async () => {
    const world = await oldRepository(snapshot);
    const before = await everything(world.warm);
    const { uploads } = await planRestore(sourceOf(world), sentTo(world.owner, world.next));
    expect(uploads).toBeGreaterThan(6);
    for (let at = 1; at <= uploads; at++) {
      for (const when of ['before', 'after'] as const) {
        const next = emptyServer(world.clock);
        const there = sentTo(world.owner, next);
        const cut = cutOff(there, at, when);
        const plan = await planRestore(sourceOf(world), cut);
        await expect(restore(cut, plan)).rejects.toThrow(refusal('NETWORK'));
        const done = when === 'after' ? at : at - 1;
        const left = await planRestore(sourceOf(world), there);
        expect([at, when, left.uploads]).toEqual([at, when, uploads - done]);
        const result = await restore(there, left);
        expect([at, when, result.uploads, uploadsTo(next).length]).toEqual([
          at,
          when,
          uploads - done,
          uploads,
        ]);
        expect(await everything(sentTo(world.early, next))).toEqual(before);
      }
    }
  });

  it('a restore of which only the answer to an upload is lost does not stop', async () => {
    const world = await oldRepository(snapshot);
    const there = sentTo(world.owner, world.next);
    let uploads = 0;
    const publish: Actor['remote']['publish'] = async (files) => {
      await there.remote.publish(files);
      if (++uploads % 2 === 1) throw new NotaryError('NETWORK', 'the answer is lost');
    };
    const plan = await planRestore(sourceOf(world), there);
    const result = await restore({ ...there, remote: { ...there.remote, publish } }, plan);
    expect(result.uploads).toBe(plan.uploads);
  });

  it('a gateway that repeats every upload stops nothing', async () => {
    const world = await oldRepository(snapshot);
    const there = sentTo(world.owner, world.next);
    const publish: Actor['remote']['publish'] = async (files) => {
      await there.remote.publish(files);
      await there.remote.publish(files);
    };
    const plan = await planRestore(sourceOf(world), there);
    const { proof } = await restore({ ...there, remote: { ...there.remote, publish } }, plan);
    expect(proof.targets).toBe(6);
  });

  it('new readers can read from the first upload on, and those who knew the old server are not shown less than they know', async () => {
    const world = await oldRepository(snapshot);
    const before = await everything(world.warm);
    const { uploads } = await planRestore(sourceOf(world), sentTo(world.owner, world.next));
    for (let at = 1; at < uploads; at++) {
      const next = emptyServer(world.clock);
      await outcomeOf(move(world, cutOff(sentTo(world.owner, next), at, 'after')));
      expect(await everything(actor(next, world.clock))).toEqual(before);
      const found = await everything(sentTo(world.warm, next)).catch(() => before);
      expect(found).toEqual(before);
    }
  });
});
