/** Metadata that has expired keeps the genuine docker CLI from pulling and pushing until tsnotary has renewed it. */

import { setTimeout as pause } from 'node:timers/promises';
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
/** Seconds: long enough for an upload to be taken, short enough to wait for. */
const life = 6;

onEachServer('renew and the genuine docker CLI', ['docker', 'notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ docker: true });
  });
  afterAll(() => stage.close());

  const pulls = async (who: Home, image: string): Promise<boolean> =>
    (await who.run('docker', ['pull', image])).status === 0;

  it.each([
    ['targets', ['targets']],
    ['the root', ['root']],
    ['everything that the owner signs', ['root', 'targets']],
  ])('docker pulls and pushes again once %s has been renewed', async (name, roles) => {
    const image = `${stage.address}/team/${name.replaceAll(' ', '-')}`;
    const owner = stage.home(`owner of ${image}`, { passphrases: shared });
    const warm = stage.home(`reader of ${image}`, { passphrases: shared });
    stage.engine.addImage(image, '1', `${image} 1`);
    await owner.docker('push', `${image}:1`);
    expect(await pulls(warm, `${image}:1`)).toBe(true);
    await owner.tsnotary('renew', image, '-r', roles.join(','), '--all-roles', '--for', `${life}s`, '-y');
    await pause((life + 1) * 1000);
    const cold = stage.home(`cold reader of ${image}`, { passphrases: shared });
    expect([await pulls(warm, `${image}:1`), await pulls(cold, `${image}:1`)]).toEqual([false, false]);
    stage.engine.addImage(image, '2', `${image} 2`);
    expect((await owner.run('docker', ['push', `${image}:2`])).status).not.toBe(0);
    await owner.tsnotary('renew', image, '-y');
    expect([await pulls(warm, `${image}:1`), await pulls(cold, `${image}:1`)]).toEqual([true, true]);
    await owner.docker('push', `${image}:2`);
    expect([await pulls(warm, `${image}:2`), await pulls(cold, `${image}:2`)]).toEqual([true, true]);
    await expectWhole(stage, image);
  });
});
