/** A collaborator is revoked by name, and the genuine client and server see it. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';

onEachServer('names of collaborators', ['notary'], (open) => {
  const gun = 'docker.io/acme/named';
  let stage: Stage;
  let owner: Home;
  beforeAll(async () => {
    stage = await open();
    owner = stage.home('owner');
    await owner.tsnotary('init', gun, '-p');
    await owner.tsnotary('key', 'rotate', gun, 'snapshot', '-r');
  });
  afterAll(() => stage.close());

  it('delegation remove by name takes the keys of the name, and notary lists the others alone', async () => {
    const ids: string[] = [];
    for (const name of ['alice', 'bob']) {
      const { stdout } = await owner.tsnotary('sandbox', 'certificate', name, '--json');
      ids.push((JSON.parse(stdout) as { keyId: string }).keyId);
    }
    const [alice = '', bob = ''] = ids;
    await owner.tsnotary(
      'delegation',
      'add',
      gun,
      'targets/releases',
      'alice.crt',
      'bob.crt',
      '--all-paths',
      '-p',
    );
    await owner.tsnotary('collaborator', 'add', 'bob', 'bob.crt');
    expect((await owner.notary('delegation', 'list', gun)).stdout).toContain(bob);
    const { stdout } = await owner.tsnotary('delegation', 'remove', gun, 'targets/releases', 'bob', '-p');
    expect(stdout).toContain(`with keys [${bob}], `);
    const reader = stage.home('reader');
    const listed = (await reader.notary('delegation', 'list', gun)).stdout;
    expect(listed).toContain(alice);
    expect(listed).not.toContain(bob);
  });
});
