/** The genuine docker CLI pulls by tags and pushes others after its trust server has been replaced by one that was empty. */

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home, Passphrases } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { expectWhole } from '../support/genuine/served-files.ts';
import type { Stage } from '../support/genuine/stage.ts';

/** Docker asks for one passphrase for every key of a repository. */
const shared: Passphrases = {
  ...{ root: 'root-passphrase', targets: 'repository-passphrase' },
  ...{ snapshot: 'repository-passphrase', delegation: 'repository-passphrase' },
};

onEachServer('archive restore and the genuine docker CLI', ['docker', 'notary'], (open) => {
  let old: Stage;
  let next: Stage;
  beforeAll(async () => {
    [old, next] = [await open({ docker: true }), await open({ docker: true })];
  });
  afterAll(async () => {
    await old.close();
    await next.close();
  });

  const pulls = async (who: Home, image: string): Promise<boolean> =>
    (await who.run('docker', ['pull', image])).status === 0;

  it('docker pulls with what it knew of the old server and without, and the owner pushes on', async () => {
    const image = `${old.address}/team/app`;
    const owner = old.home('owner', { passphrases: shared });
    const warm = old.home('warm reader', { passphrases: shared });
    for (const tag of ['1', '2', '3']) {
      for (const stage of [old, next]) stage.engine.addImage(image, tag, `${image} ${tag}`);
      await owner.docker('push', `${image}:${tag}`);
    }
    expect(await pulls(warm, `${image}:3`)).toBe(true);
    const archive = join(owner.work, 'app.tar');
    await owner.tsnotary('archive', 'create', image, '-o', archive);
    const moved = (home: Home, name: string): Home => {
      const there = next.home(name, { passphrases: shared });
      cpSync(home.trustDir, there.trustDir, { recursive: true });
      return there;
    };
    const movedOwner = moved(owner, 'moved owner');
    const { stdout } = await movedOwner.tsnotary('archive', 'restore', archive, '--to', next.url, '-y');
    expect(stdout).toContain('Proved by a reader with an empty cache');
    const readers = [moved(warm, 'moved reader'), next.home('cold reader', { passphrases: shared })];
    for (const reader of readers) expect(await pulls(reader, `${image}:2`)).toBe(true);
    next.engine.addImage(image, '4', `${image} 4`);
    await movedOwner.docker('push', `${image}:4`);
    for (const reader of readers) expect(await pulls(reader, `${image}:4`)).toBe(true);
    await expectWhole(next, image);
  });
});
