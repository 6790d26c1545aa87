/** What the readers of the proof notice of a new server that has taken every upload. */

import { describe, expect, it } from 'vitest';
import { planRestore } from '../../../src/client/restore/plan.ts';
import { proveRestore } from '../../../src/client/restore/proof.ts';
import { restore } from '../../../src/client/restore/restore.ts';
import { serveFile } from '../../support/forging-server.ts';
import { failureOf, outcomeOf } from '../../support/refusal.ts';
import { cutOff, move, oldRepository, releases, sentTo, sourceOf } from '../../support/restoring.ts';

describe('the proof of a restore', () => {
  it('a server that leaves a delegation out of its snapshot is noticed by who knew it', async () => {
    const world = await oldRepository();
    const { plan } = await move(world);
    const there = sentTo(world.owner, world.next);
    await serveFile(world.next, there.gun, releases, undefined);
    const failure = await failureOf(proveRestore(there, plan));
    expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED', details: { reason: 'CHECKSUM_MISSING' } });
  });

  it('a file that says the same and is not the one that was carried over is noticed, and named', async () => {
    const world = await oldRepository();
    const { plan } = await move(world);
    const there = sentTo(world.owner, world.next);
    const bytes = Buffer.concat([await there.remote.get('targets', 1e8), Buffer.from('\n')]);
    await serveFile(world.next, there.gun, 'targets', { bytes, version: 1000 });
    const failure = await failureOf(proveRestore(there, plan));
    expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED', details: { role: 'targets' } });
  });

  it('a timestamp that readers of the old server have passed is noticed, although our own readers take it', async () => {
    const world = await oldRepository();
    const there = sentTo(world.owner, world.next);
    const plan = await planRestore(sourceOf(world), there);
    const last = plan.uploads - plan.lifts;
    await outcomeOf(restore(cutOff(there, last + 1, 'before'), plan));
    const failure = await failureOf(proveRestore(there, plan));
    expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED', details: { role: 'snapshot' } });
    expect(failure.message).toContain('is not above');
  });

  it('readers with a former root who cannot follow are noticed', async () => {
    const world = await oldRepository();
    const former = { ...sentTo(world.owner, world.next) };
    const plan = await planRestore(sourceOf(world), former);
    const unsigned = { ...plan, history: { ...plan.history, former: [] } };
    await restore(former, unsigned);
    expect((await proveRestore(former, unsigned)).followed).toBe(0);
    const failure = await failureOf(proveRestore(former, plan));
    expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED', details: { reason: 'ROOT_ROTATION' } });
  });
});
