/** A repository moves to an empty server: genuine clients who knew the old one, and new ones, read the new one. */

import { cpSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { planRestore } from '../../src/client/restore/plan.ts';
import { restore } from '../../src/client/restore/restore.ts';
import { actorsPassphrases, type Engine, engineOn } from '../support/genuine/engine.ts';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { expectWhole } from '../support/genuine/served-files.ts';
import type { Stage } from '../support/genuine/stage.ts';
import { makeKey, type SignerHome, signTag } from './revoking-team.ts';

const releases = 'targets/releases';

onEachServer('restore to an empty server', ['notary'], (open) => {
  let old: Stage;
  let next: Stage;
  beforeAll(async () => {
    old = await open();
    next = await open();
  });
  afterAll(async () => {
    await old.close();
    await next.close();
  });

  const opened: Engine[] = [];
  afterAll(async () => {
    for (const engine of opened) await engine.close();
  });
  const engine = async (stage: Stage, gun: string, keysOf?: Home): Promise<Engine> => {
    const one = await engineOn(stage, gun, keysOf);
    opened.push(one);
    return one;
  };

  interface Team {
    readonly gun: string;
    readonly owner: Home;
    readonly bob: SignerHome;
    /** Has read before the root was rotated, and after everything. */
    readonly readers: readonly Home[];
  }

  const person = (stage: Stage, name: string) => stage.home(name, { passphrases: actorsPassphrases });

  /** A repository of several years: delegations, a rotated root, timestamps. */
  async function team(gun: string, snapshot: 'server' | 'owner'): Promise<Team> {
    const owner = person(old, `owner of ${gun}`);
    const bob = await makeKey(person(old, `bob of ${gun}`), 'bob');
    await owner.notary('init', gun);
    await signTag(owner, gun, 'v0', 'targets');
    if (snapshot === 'server') await owner.notary('key', 'rotate', gun, 'snapshot', '-r');
    const early = person(old, `early reader of ${gun}`);
    await early.notary('list', gun);
    await owner.notary('delegation', 'add', gun, releases, bob.certificate, '--all-paths', '-p');
    await signTag(
      snapshot === 'server' ? bob.home : owner,
      gun,
      'v1',
      snapshot === 'server' ? releases : 'targets',
    );
    const { status } = await owner.run('notary', ['key', 'rotate', gun, 'root'], { input: 'yes\n' });
    expect(status).toBe(0);
    for (const tag of ['v2', 'v3', 'v4']) await signTag(owner, gun, tag, 'targets');
    const warm = person(old, `warm reader of ${gun}`);
    await warm.notary('list', gun);
    return { gun, owner, bob, readers: [early, warm] };
  }

  /** The same person with the same trust directory, sent to the new server. */
  function moved(home: Home, name: string): Home {
    const there = person(next, name);
    cpSync(home.trustDir, there.trustDir, { recursive: true });
    return there;
  }

  const tagsOf = async (who: Home, gun: string): Promise<readonly string[]> => {
    const { stdout } = await who.notary('list', gun);
    return [...stdout.matchAll(/^(v\d) .* (\S+)$/gm)]
      .map(([, tag = '', role = '']) => `${tag} ${role}`)
      .sort();
  };

  for (const snapshot of ['server', 'owner'] as const) {
    it(`readers who knew the old server, and new ones, find everything on the new one when the ${snapshot} signs the snapshot`, async () => {
      const { gun, owner, bob, readers } = await team(`example.com/moved-${snapshot}`, snapshot);
      const before = await tagsOf(owner, gun);
      const versions = await expectWhole(old, gun);
      const destination = await engine(next, gun, owner);
      const plan = await planRestore(await engine(old, gun), destination);
      const { proof, uploads } = await restore(destination, plan);
      expect(uploads).toBe(plan.uploads);
      expect(proof).toMatchObject({
        roles: snapshot === 'server' ? 2 : 1,
        targets: before.length,
        followed: 1,
      });
      const after = await expectWhole(next, gun);
      for (const role of ['targets', releases]) expect(after[role]).toBe(versions[role]);
      expect(after['root']).toBe((versions['root'] ?? 0) + 1);
      const fresh = person(next, `fresh reader of ${gun}`);
      const all = [...readers.map((home, at) => moved(home, `moved reader ${at} of ${gun}`)), fresh];
      for (const reader of all) expect(await tagsOf(reader, gun)).toEqual(before);
      const movedOwner = moved(owner, `moved owner of ${gun}`);
      await signTag(movedOwner, gun, 'v8', 'targets');
      if (snapshot === 'server') await signTag(moved(bob.home, `moved bob of ${gun}`), gun, 'v9', releases);
      for (const reader of all)
        expect(await tagsOf(reader, gun)).toEqual(
          [...before, 'v8 targets', ...(snapshot === 'server' ? [`v9 ${releases}`] : [])].sort(),
        );
    });
  }
});
