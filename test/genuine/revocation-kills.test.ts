/** Revocations whose process is killed at any moment: everything is as before, or done, and the same command ends well. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';
import { lendKey, makeKey, Readers, type SignerHome, signTag } from './revoking-team.ts';

const releases = 'targets/releases';
const gun = 'example.com/killed';
const kills = Number(process.env['TSNOTARY_REVOCATION_KILLS'] ?? 6);

onEachServer('delegation revoke killed by kill -9', ['notary'], (open) => {
  let stage: Stage;
  let owner: Home;
  let alice: SignerHome;
  let bob: SignerHome;
  let readers: Readers;

  beforeAll(async () => {
    // The way to the server takes a while, so that kills fall between the requests as well.
    stage = await open({ roundTrip: 20 });
    owner = stage.home('owner');
    alice = await makeKey(stage.home('alice'), 'alice');
    bob = await makeKey(stage.home('bob'), 'bob');
    await owner.notary('init', gun);
    await signTag(owner, gun, 'v0', 'targets');
    await owner.notary('key', 'rotate', gun, 'snapshot', '-r');
    await lendKey(alice, 'alice', owner);
    readers = new Readers(stage, gun);
  });
  afterAll(() => stage.close());

  const before = { v0: 'targets', v1: releases, b1: 'targets/bob' };
  const after = { v0: 'targets', v1: releases, b1: 'targets' };
  const both = [releases, 'targets/bob'];

  /** Bob is a signer as docker makes them, and has signed last. */
  async function admitBob(): Promise<void> {
    const { certificate } = bob;
    for (const role of both)
      await owner.tsnotary('delegation', 'add', gun, role, certificate, alice.certificate, '--all-paths');
    await owner.tsnotary('delegation', 'remove', gun, 'targets/bob', alice.keyId);
    await owner.run('tsnotary', ['remove', gun, 'b1']);
    await owner.tsnotary('publish', gun);
    await signTag(bob.home, gun, 'v1', releases);
    await signTag(bob.home, gun, 'b1', 'targets/bob');
  }

  const words = () => [
    ...['delegation', 'revoke', gun, bob.keyId, '--sign-with', alice.keyId],
    ...['--keep-tags-in', 'targets', '-y'],
  ];

  const isBefore = async () => (await owner.notary('delegation', 'list', gun)).stdout.includes(bob.keyId);

  it(`a revocation that is killed at any of ${kills} moments has changed nothing or everything, and the same command ends well`, async () => {
    await admitBob();
    const start = performance.now();
    await owner.tsnotary(...words());
    const duration = performance.now() - start;
    await readers.expect({ tags: after, gone: [bob.keyId], roles: [releases] });
    const outcomes: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await admitBob();
      await readers.warmUp();
      const moment = Math.round((duration * (kill + 0.5)) / kills);
      const { status } = await owner.run('tsnotary', words(), { timeout: moment });
      const untouched = await isBefore();
      outcomes.push(`${moment} ms: status ${status}, ${untouched ? 'nothing' : 'everything'} changed`);
      if (untouched) await readers.expect({ tags: before, gone: [], roles: both });
      else await readers.expect({ tags: after, gone: [bob.keyId], roles: [releases] });
      // A success that was said before the kill is true.
      if (status === 0) expect(untouched, outcomes.at(-1)).toBe(false);
      await owner.tsnotary(...words());
      await readers.expect({ tags: after, gone: [bob.keyId], roles: [releases] });
      const { stdout } = await owner.tsnotary('status', gun);
      expect(stdout).toContain('No unpublished changes');
    }
    console.log(outcomes.join('\n'));
    expect(outcomes.filter((line) => line.includes('status 137')).length).toBeGreaterThan(kills / 3);
  }, 600_000);
});
