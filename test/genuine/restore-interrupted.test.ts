/** A restore on genuine servers that is cut off at each of its uploads, and what these servers and genuine readers refuse on the way. */

import { cpSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planRestore } from '../../src/client/restore/plan.ts';
import { restore } from '../../src/client/restore/restore.ts';
import { actorsPassphrases, type Engine, engineOn } from '../support/genuine/engine.ts';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';
import { failureOf, outcomeOf } from '../support/refusal.ts';
import { cutOff } from '../support/restoring.ts';
import { signTag } from './revoking-team.ts';

onEachServer('a restore that is cut off', ['notary'], (open) => {
  const gun = 'example.com/cut';
  let old: Stage;
  let next: Stage;
  let owner: Home;
  let warm: Home;
  let source: Engine;
  let destination: Engine;
  beforeAll(async () => {
    [old, next] = [await open(), await open()];
    owner = old.home('owner', { passphrases: actorsPassphrases });
    await owner.notary('init', gun);
    await signTag(owner, gun, 'v0', 'targets');
    await owner.notary('key', 'rotate', gun, 'snapshot', '-r');
    for (const tag of ['v1', 'v2', 'v3']) await signTag(owner, gun, tag, 'targets');
    warm = old.home('warm reader', { passphrases: actorsPassphrases });
    await warm.notary('list', gun);
    source = await engineOn(old, gun, owner);
    destination = await engineOn(next, gun, owner);
  });
  afterAll(async () => {
    for (const part of [source, destination, old, next]) await part.close();
  });

  let count = 0;
  /** Genuine `notary` at the new server, with what a reader of the old one knows, or with nothing. */
  async function reads(
    known?: Home,
  ): Promise<{ readonly status: number | null; readonly tags: number; readonly said: string }> {
    const reader = next.home(`reader ${count++}`, { passphrases: actorsPassphrases });
    if (known !== undefined) cpSync(known.trustDir, reader.trustDir, { recursive: true });
    const { status, stdout, stderr } = await reader.run('notary', ['list', gun]);
    return { status, tags: [...stdout.matchAll(/^v\d /gm)].length, said: stdout + stderr };
  }

  it('it goes on after any of its uploads, and genuine readers then find everything', async () => {
    const { uploads } = await planRestore(source, destination);
    expect(uploads).toBeGreaterThan(4);
    for (let at = 1; at <= uploads; at++) {
      for (const when of ['before', 'after'] as const) {
        await destination.remote.deleteAll();
        const cut = cutOff(destination, at, when);
        expect((await failureOf(restore(cut, await planRestore(source, cut)))).code).toBe('NETWORK');
        const plan = await planRestore(source, destination);
        expect([at, when, plan.uploads]).toEqual([at, when, uploads - (when === 'after' ? at : at - 1)]);
        await restore(destination, plan);
        expect(await reads(warm)).toMatchObject({ status: 0, tags: 4 });
      }
    }
    expect(await reads()).toMatchObject({ status: 0, tags: 4 });
  });

  it('genuine readers of the old server take nothing of the new one until its timestamp has passed theirs, and new ones do at once', async () => {
    await destination.remote.deleteAll();
    const { floor } = await planRestore(source, destination);
    // Of the same version they would be taken; a lower snapshot is taken by chance, if it is shorter.
    for (let at = 1; at < floor.timestamp; at++) {
      const cut = cutOff(destination, 2, 'before');
      await outcomeOf(restore(cut, await planRestore(source, cut)));
      expect(await reads()).toMatchObject({ status: 0, tags: 4 });
      const { status, said } = await reads(warm);
      expect([at, status]).toEqual([at, 1]);
      expect(said).toMatch(/version \d+ is lower than current version \d+/);
    }
    await restore(destination, await planRestore(source, destination));
    expect(await reads(warm)).toMatchObject({ status: 0, tags: 4 });
  });

  it('the server takes no root of the old one, and no first root above version 2', async () => {
    await destination.remote.deleteAll();
    const files = async (names: Readonly<Record<string, string>>) => {
      const entries = Object.entries(names).map(
        async ([role, name]) => [role, await source.remote.get(name, 1e8)] as const,
      );
      return new Map(await Promise.all(entries));
    };
    const first = { root: '1.root', targets: '2.targets', snapshot: '2.snapshot' };
    const second = { root: '2.root', targets: 'targets' };
    for (const [names, reason] of [
      [first, 'no  timestamp keys exist on the server'],
      [second, 'server does not hold current snapshot key'],
    ] as const)
      expect((await failureOf(destination.remote.publish(await files(names)))).message).toContain(reason);
    await restore(destination, await planRestore(source, destination));
    const third = await destination.remote.get('3.root', 1e8);
    const targets = await destination.remote.get('targets', 1e8);
    await destination.remote.deleteAll();
    const refused = await failureOf(
      destination.remote.publish(
        new Map([
          ['root', third],
          ['targets', targets],
        ]),
      ),
    );
    expect(refused.message).toContain('Root modifications must increment the version. Current 1, new 3');
  });
});
