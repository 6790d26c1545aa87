/** What the genuine docker CLI does wrong, and `tsnotary trust` does not. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Passphrases } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Stage } from '../support/genuine/stage.ts';

const shared: Passphrases = {
  root: 'root-passphrase',
  targets: 'repository-passphrase',
  snapshot: 'repository-passphrase',
  delegation: 'repository-passphrase',
};

onEachServer('what docker does wrong', ['docker', 'notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ docker: true });
  });
  afterAll(() => stage.close());

  const person = (name: string) => stage.home(`mended/${name}`, { passphrases: shared });
  const imageOf = (name: string) => `${stage.address}/mended/${name}`;

  it('staged changes are neither lost nor published by inspecting, signing and revoking', async () => {
    const [owner, image] = [person('staging'), imageOf('staged')];
    for (const tag of ['1', '2']) stage.engine.addImage(image, tag, `the image ${tag}`);
    await owner.docker('push', `${image}:1`);
    owner.write('file', 'content');
    await owner.tsnotary('add', image, 'mine', 'file');
    const staged = async () => (await owner.tsnotary('status', image)).stdout;
    const before = await staged();
    expect(before).toContain('mine');
    await owner.tsnotary('trust', 'inspect', image);
    await owner.tsnotary('trust', 'sign', `${image}:2`);
    await owner.tsnotary('trust', 'revoke', `${image}:1`);
    expect((await owner.run('tsnotary', ['trust', 'sign', `${image}:nope`])).status).toBe(1);
    expect(await staged()).toBe(before);
    const { stdout } = await person('reader of staged').tsnotary('list', image);
    expect(stdout).toMatch(/^2 /m);
    expect(stdout).not.toContain('mine');
  });

  it('who has no key signs nothing, also what is signed already', async () => {
    const image = imageOf('keyless');
    stage.engine.addImage(image, '1', 'the image');
    await person('with a key').docker('push', `${image}:1`);
    const { status, stdout, stderr } = await person('without a key').run('tsnotary', [
      'trust',
      'sign',
      `${image}:1`,
    ]);
    expect(stdout).not.toContain('Successfully');
    expect([status, stderr]).toEqual([1, expect.stringContaining(`failed to sign ${image}:1: `)]);
  });

  it('the certificate of the trust server is checked for images of a registry on this machine, too', async () => {
    const [owner, image] = [person('deceived'), imageOf('deceived')];
    stage.engine.addImage(image, '1', 'the image');
    await owner.docker('push', `${image}:1`);
    rmSync(join(owner.folder, '.docker/tls'), { recursive: true });
    rmSync(join(owner.folder, '.docker/trust/tuf'), { recursive: true });
    expect((await owner.run('docker', ['trust', 'inspect', image])).status).toBe(0);
    rmSync(join(owner.folder, '.docker/trust/tuf'), { recursive: true });
    const { status, stderr } = await owner.run('tsnotary', ['trust', 'inspect', image]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('unknown authority')]);
  });

  it('a slash at the end of the URL of the trust server changes nothing', async () => {
    const [owner, image] = [person('slash'), imageOf('slash')];
    stage.engine.addImage(image, '1', 'the image');
    await owner.docker('push', `${image}:1`);
    const env = { DOCKER_CONTENT_TRUST_SERVER: `${stage.url}/` };
    const [with_, without] = [
      await owner.run('tsnotary', ['trust', 'inspect', image], { env }),
      await owner.run('tsnotary', ['trust', 'inspect', image]),
    ];
    expect(with_).toEqual(without);
    expect(with_.status).toBe(0);
  });

  it('a tag that would stay in targets is not said to be revoked', async () => {
    const [owner, bob, image] = [person('owner of both'), person('bob of both'), imageOf('both')];
    for (const tag of ['1']) stage.engine.addImage(image, tag, `the image ${tag}`);
    await owner.docker('push', `${image}:1`);
    await bob.tsnotary('trust', 'key', 'generate', 'bob');
    const key = join(bob.work, 'bob.pub');
    await owner.tsnotary('trust', 'signer', 'add', '--key', key, 'bob', image);
    await bob.tsnotary('trust', 'sign', `${image}:1`);
    const refused = await bob.run('tsnotary', ['trust', 'revoke', `${image}:1`]);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('would stay in targets')]);
    expect((await bob.run('docker', ['trust', 'inspect', `${image}:1`])).stdout).toContain(
      '"SignedTag": "1"',
    );
  });

  it('a signature after the last signer was removed logs no error, and names what is not released any more', async () => {
    const [owner, bob, image] = [person('owner of left'), person('bob of left'), imageOf('left')];
    for (const tag of ['1', '2', '3']) stage.engine.addImage(image, tag, `the image ${tag}`);
    await owner.docker('push', `${image}:1`);
    for (const [who, name] of [
      [owner, 'owner'],
      [bob, 'bob'],
    ] as const)
      await who.tsnotary('trust', 'key', 'generate', name);
    const add = (who: string, key: string) =>
      owner.tsnotary('trust', 'signer', 'add', '--key', key, who, image);
    await add('owner', 'owner.pub');
    await add('bob', join(bob.work, 'bob.pub'));
    await bob.tsnotary('trust', 'sign', `${image}:2`);
    await owner.tsnotary('trust', 'signer', 'remove', '-f', 'bob', image);
    const { status, stderr } = await owner.run('tsnotary', ['trust', 'sign', `${image}:3`]);
    expect(status).toBe(0);
    expect(stderr).toContain('code=TAGS_WOULD_VANISH');
    expect(stderr).not.toContain('level=error');
    expect((await person('reader of left').docker('trust', 'inspect', image)).stdout).toContain(
      '"SignedTag": "3"',
    );
  });

  it('a program that does not answer a question with y is not told that it is done', async () => {
    const [owner, image] = [person('program'), imageOf('program')];
    stage.engine.addImage(image, '1', 'the image');
    await owner.docker('push', `${image}:1`);
    const asked = await owner.run('tsnotary', ['--json', 'trust', 'revoke', image]);
    expect([asked.status, asked.stdout, asked.stderr]).toEqual([1, '', expect.stringContaining('ABORTED')]);
    expect((await owner.docker('trust', 'inspect', image)).stdout).toContain('"SignedTag": "1"');
  });
});
