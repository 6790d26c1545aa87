/** Trust directories of old versions: the genuine client and we make the same files of them. */

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plantTrustDir } from '../../support/fixture-files.ts';
import { type Home, usualPassphrases } from '../../support/genuine/home.ts';
import { available } from '../../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../../support/genuine/stage.ts';

const gun = 'docker.io/fixtures/old';

function filesBelow(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    names
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  );
}

/** Version 0.1 names the role in the file name, version 0.3 in a header. */
function asVersion3(folder: string): void {
  for (const [name, pem] of filesBelow(folder)) {
    const [, path = '', role = ''] = /^(.*)_(\w+)\.key$/.exec(name) ?? [];
    writeFileSync(join(folder, name), pem.replace(/\n\n/, `\nrole: ${role}\n\n`));
    renameSync(join(folder, name), join(folder, `${path}.key`));
  }
}

/** What old versions had besides: delegation keys, outside and inside of the directories of GUNs. */
function addDelegationKeys(folder: string): void {
  const root = join(folder, 'root_keys');
  const [name = ''] = readdirSync(root);
  const pem = readFileSync(join(root, name), 'utf8').replace(
    /\n(role: root\n)?\n/,
    '\nrole: targets/releases\n\n',
  );
  for (const place of [
    `tuf_keys/${'a'.repeat(64)}.key`,
    `tuf_keys/x/${'b'.repeat(64)}.key`,
    `tuf_keys/x/${'c'.repeat(64)}_user.key`,
  ]) {
    mkdirSync(dirname(join(folder, place)), { recursive: true });
    writeFileSync(join(folder, place), pem);
  }
}

describe.skipIf(!available('notary', 'notary-server', 'openssl'))('a trust directory of', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await genuineStage();
  });
  afterAll(() => stage.close());

  const versions: readonly (readonly [string, (folder: string) => void])[] = [
    ['version 0.1', () => undefined],
    ['version 0.3', asVersion3],
  ];

  it.each(versions)(
    'a trust directory of version %s becomes the same with tsnotary as with the genuine client',
    async (version, age) => {
      const [theirs, ours] = ['theirs', 'ours'].map((name) => stage.home(`${name}-${version.slice(-3)}`)) as [
        Home,
        Home,
      ];
      for (const { trustDir } of [theirs, ours]) {
        rmSync(trustDir, { recursive: true, force: true });
        mkdirSync(trustDir, { recursive: true });
        plantTrustDir('old-layout', trustDir);
        age(join(trustDir, 'private'));
        addDelegationKeys(join(trustDir, 'private'));
      }
      const listed = (await theirs.notary('key', 'list')).stdout;
      const seen = (await ours.tsnotary('key', 'list')).stdout;
      const columns = (text: string) => text.split('\n').map((line) => line.trim().split(/ +/).slice(0, -1));
      expect(columns(seen)).toEqual(columns(listed));
      expect(filesBelow(ours.trustDir)).toEqual(filesBelow(theirs.trustDir));
      expect(readdirSync(join(ours.trustDir, 'private')).sort()).toEqual(
        readdirSync(join(theirs.trustDir, 'private')).sort(),
      );
    },
  );

  it('a trust directory of version 0.1 that tsnotary has moved is used by the genuine client', async () => {
    // Docker, which made that directory, has one passphrase for all keys of a collection.
    const passphrases = { ...usualPassphrases, snapshot: usualPassphrases.targets };
    const who = stage.home('user', { passphrases });
    mkdirSync(who.trustDir, { recursive: true });
    plantTrustDir('old-layout', who.trustDir);
    await who.tsnotary('key', 'list');
    await who.notary('key', 'rotate', gun, 'timestamp', '-r');
    await who.notary('add', gun, 'v1', who.write('v1', 'one'), '-p');
    expect((await stage.home('reader').tsnotary('list', gun)).stdout).toMatch(/^v1 /m);
  });
});
