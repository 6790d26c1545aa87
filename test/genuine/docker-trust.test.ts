/** `trust inspect`, `sign` and `revoke` beside those of the genuine docker CLI, word for word. */

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Passphrases } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { type Sides, sideBySide } from '../support/genuine/side-by-side.ts';
import type { Stage } from '../support/genuine/stage.ts';

const shared: Passphrases = {
  root: 'root-passphrase',
  targets: 'repository-passphrase',
  snapshot: 'repository-passphrase',
  delegation: 'repository-passphrase',
};

const nameErrors = [
  ...[
    '',
    ':1',
    'a:',
    'a b',
    'https://x/y',
    'x/../y',
    'a//b',
    'a:1:2',
    'App',
    'x/App',
    'UPPER',
    'x.y/A:B',
    'a@b',
  ],
  ...[
    'a'.repeat(64),
    `x.y/${'b'.repeat(256)}`,
    'b'.repeat(250),
    'x.y:/z',
    'a___b/c',
    '-a',
    'a-',
    'a..b/c',
    'é',
  ],
  ...[
    'a@sha256:1234',
    `a@sha256:${'1'.repeat(40)}`,
    `a@md5:${'1'.repeat(32)}`,
    `a@sha256:${'1'.repeat(63)}A`,
  ],
  `a:${'1'.repeat(129)}`,
];

const wrongLines: readonly (readonly string[])[] = [
  ...[
    ['bogus'],
    ['inspect'],
    ['sign'],
    ['sign', 'a:1', 'b:1'],
    ['revoke'],
    ['signer', 'bogus'],
    ['key', 'bogus'],
  ],
  ...[
    ['inspect', '--bogus', 'a'],
    ['sign', '--local=maybe', 'a:1'],
    ['revoke', '-z', 'a'],
    ['revoke', '-yz', 'a'],
  ],
  ...[
    ['sign', '-D', 'a:1'],
    ['inspect', '--version'],
    ['signer', 'add', '--key'],
    ['signer', 'add', 'x'],
  ],
  ...[
    ['sign', 'a'],
    ['sign', `a@sha256:${'1'.repeat(64)}`],
    ['sign', `a:1@sha256:${'1'.repeat(64)}`],
  ],
  ...[
    ['revoke', `a@sha256:${'1'.repeat(64)}`],
    ['revoke', '-y', 'App'],
  ],
];

onEachServer('trust commands beside docker', ['docker', 'notary'], (open, kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ docker: true });
  });
  afterAll(() => stage.close());

  /** Runs the same on both sides and expects the same; the status of both. */
  async function same(sides: Sides, ...words: readonly string[]): Promise<number> {
    const { docker, tsnotary } = await sides.trust(words);
    expect({ words, ...tsnotary }).toEqual({ words, ...docker });
    return docker.status;
  }

  function withImages(name: string, tags: readonly string[]): Sides {
    const sides = sideBySide(stage, name, { passphrases: shared });
    for (const address of Object.values(sides.images))
      for (const tag of tags) stage.engine.addImage(`${address}/app`, tag, `the image ${tag}`);
    return sides;
  }

  // No server is asked: one run is enough.
  if (kind === 'genuine') {
    it('wrong names are refused in the words of docker', async () => {
      const sides = sideBySide(stage, 'names');
      for (const name of nameErrors) expect(await same(sides, 'inspect', '--', name)).toBe(1);
    });

    it('wrong command lines are refused in the words of docker', async () => {
      const sides = sideBySide(stage, 'lines');
      for (const words of wrongLines) expect(await same(sides, ...words)).toBeGreaterThan(0);
    });
  }

  it('an image that nobody has signed is shown, signed and revoked as in docker', async () => {
    const sides = withImages('unsigned', ['1.0']);
    expect(await same(sides, 'inspect', 'IMAGES/app')).toBe(1);
    expect(await same(sides, 'inspect', '--pretty', 'IMAGES/app')).toBe(1);
    expect(await same(sides, 'inspect', 'IMAGES/app', 'IMAGES/App', 'IMAGES/other')).toBe(1);
    expect(await same(sides, 'revoke', '-y', 'IMAGES/app')).toBe(1);
    expect(await same(sides, 'revoke', 'IMAGES/app:1.0')).toBe(1);
    expect(await same(sides, 'sign', 'IMAGES/app:nope')).toBe(1);
    await sides.both((home, images) => home.docker('push', `${images}/app:1.0`));
    expect(await same(sides, 'inspect', '--pretty', 'IMAGES/app')).toBe(0);
    expect(await same(sides, 'inspect', 'IMAGES/app:nope')).toBe(0);
  });

  it('tags are signed, shown and revoked by their owner and by signers as in docker', async () => {
    const sides = withImages('signed', ['1.0', '1.1', '1.10', '2']);
    await sides.both((home, images) => home.docker('push', `${images}/app:1.0`));
    expect(await same(sides, 'sign', 'IMAGES/app:1.1')).toBe(0);
    expect(await same(sides, 'sign', 'IMAGES/app:1.1')).toBe(0);
    expect(await same(sides, 'key', 'generate', 'bob')).toBe(0);
    expect(await same(sides, 'signer', 'add', '--key', 'bob.pub', 'bob', 'IMAGES/app')).toBe(0);
    for (const tag of ['1.1', '1.10', '2', '2'])
      expect(await same(sides, 'sign', `IMAGES/app:${tag}`)).toBe(0);
    expect(await same(sides, 'sign', 'IMAGES/app:9')).toBe(1);
    expect(await same(sides, 'inspect', 'IMAGES/app')).toBe(0);
    expect(await same(sides, 'inspect', '--pretty', 'IMAGES/app:2', 'IMAGES/app')).toBe(0);
    expect(await same(sides, 'revoke', 'IMAGES/app:2')).toBe(0);
    expect(await same(sides, 'revoke', 'IMAGES/app:2')).toBe(1);
    expect(await same(sides, 'revoke', 'IMAGES/app:nope')).toBe(1);
    expect(await same(sides, 'revoke', 'IMAGES/app')).toBe(0);
    expect(await same(sides, 'inspect', '--pretty', 'IMAGES/app')).toBe(0);
  });

  it('docker and tsnotary take turns with one trust directory, and each sees what the other has signed', async () => {
    const image = `${stage.address}/turns/app`;
    const owner = stage.home('turns/owner', { passphrases: shared });
    const bob = stage.home('turns/bob', { passphrases: shared });
    for (const tag of ['1', '2', '3', '4']) stage.engine.addImage(image, tag, `the image ${tag}`);
    const shown = async (): Promise<string> => {
      const [docker, own] = [
        await owner.docker('trust', 'inspect', '--pretty', image),
        await owner.tsnotary('trust', 'inspect', '--pretty', image),
      ];
      expect(own.stdout).toBe(docker.stdout);
      return docker.stdout;
    };
    await owner.tsnotary('trust', 'push', `${image}:1`).catch(() => owner.docker('push', `${image}:1`));
    await bob.tsnotary('trust', 'key', 'generate', 'bob');
    copyFileSync(join(bob.work, 'bob.pub'), join(owner.work, 'bob.pub'));
    await owner.docker('trust', 'signer', 'add', '--key', 'bob.pub', 'bob', image);
    await bob.tsnotary('trust', 'sign', `${image}:2`);
    await bob.docker('trust', 'sign', `${image}:3`);
    await bob.docker('push', `${image}:4`);
    expect((await shown()).match(/^\d +[0-9a-f]{64} +bob$/gm)?.length).toBe(3);
    await bob.tsnotary('trust', 'revoke', `${image}:3`);
    await bob.docker('trust', 'revoke', `${image}:4`);
    expect((await shown()).match(/^\d +[0-9a-f]{64} +bob$/gm)?.length).toBe(1);
    await owner.docker('pull', `${image}:2`);
    expect((await owner.run('docker', ['pull', `${image}:3`])).status).toBe(1);
    expect(await owner.run('tsnotary', ['trust', 'pull', `${image}:2`])).toMatchObject({ status: 0 });
    expect(await owner.run('tsnotary', ['trust', 'pull', `${image}:3`])).toMatchObject({ status: 1 });
  });
});
