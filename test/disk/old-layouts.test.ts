/** Trust directories of versions 0.1 and 0.3 are moved to the present layout, wherever that is cut off. */

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plantTrustDir } from '../support/fixture-files.ts';
import { available } from '../support/genuine/programs.ts';
import { type ChildRun, openPlace, type Place } from './place.ts';
import { fingerprintOf } from './whole-trust-dir.ts';

const oldGun = 'docker.io/fixtures/old';

/** Version 0.1 names the role in the file name, version 0.3 in a header. */
function asVersion3(folder: string): void {
  for (const name of readdirSync(folder, {
    recursive: true,
    encoding: 'utf8',
  })) {
    const [, path = '', role = ''] = /^(.*)_(\w+)\.key$/.exec(name) ?? [];
    if (role === '') continue;
    const pem = readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(folder, name), pem.replace(/\n\n/, `\nrole: ${role}\n\n`));
    renameSync(join(folder, name), join(folder, `${path}.key`));
  }
}

const versions: readonly (readonly [string, (folder: string) => void])[] = [
  ['0.1', () => undefined],
  ['0.3', asVersion3],
];

describe.skipIf(!available('openssl'))('G29 old trust directories', () => {
  let place: Place;
  const counts: string[] = [];
  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(async () => {
    console.log(`Points at which moving was disturbed:\n${counts.join('\n')}`);
    await place.close();
  });

  function plant(age: (folder: string) => void): void {
    rmSync(place.home.trustDir, { recursive: true, force: true });
    mkdirSync(place.home.trustDir, { recursive: true });
    plantTrustDir('old-layout', place.home.trustDir);
    age(join(place.home.trustDir, 'private'));
  }

  /** The key material of every whole key file, by key ID, wherever the file lies. */
  function material(): ReadonlyMap<string, string> {
    const folder = join(place.home.trustDir, 'private');
    const found = new Map<string, string>();
    for (const name of readdirSync(folder, {
      recursive: true,
      encoding: 'utf8',
    })) {
      const id = /([0-9a-f]{64})(_\w+)?\.key$/.exec(name)?.[1];
      if (id === undefined || !statSync(join(folder, name)).isFile()) continue;
      const pem = readFileSync(join(folder, name), 'utf8');
      const body = /\n\n([A-Za-z0-9+/=\n]+)\n-----END [A-Z ]+-----\n$/.exec(pem)?.[1];
      expect(body, name).toBeDefined();
      found.set(id, body ?? '');
    }
    return found;
  }

  const commands = [
    ['key', 'list'],
    ['add', oldGun, 'v1', 'payload', '-r', 'targets'],
  ];

  it.each(versions)(
    'a trust directory of version %s loses no key at any change of the disk',
    async (version, age) => {
      plant(age);
      const keys = material();
      expect(keys.size).toBe(3);
      expect(await place.run(['key', 'list'])).toMatchObject({ status: 0 });
      const moved = fingerprintOf(join(place.home.trustDir, 'private'));
      expect(material()).toEqual(keys);
      const kills: string[] = [];
      for (const mode of ['kill', 'half', 'EIO', 'ENOSPC'] as const) {
        for (let at = 1; ; at++) {
          if (mode === 'half' && kills[at - 1]?.startsWith('write') === false) continue;
          plant(age);
          const fault = { at, mode };
          const ends = mode === 'kill' || mode === 'half';
          const ended: ChildRun = ends
            ? await place.child(['key', 'list'], { fault })
            : await place.disturbed(['key', 'list'], fault);
          if (ended.met === undefined) break;
          if (mode === 'kill') kills.push(ended.met);
          const context = `${mode} at ${at}, ${ended.met}\n${ended.stdout}${ended.stderr}`;
          // Each key is in its old place or in its new one, whole.
          expect(material(), context).toEqual(keys);
          if (!ends) expect(ended.status, context).toBe(0);
          const again = await place.run(['key', 'list']);
          expect(again, context).toMatchObject({ status: 0, stderr: '' });
          expect(fingerprintOf(join(place.home.trustDir, 'private')), context).toBe(moved);
        }
      }
      const writes = kills.filter((call) => call.startsWith('write')).length;
      counts.push(`version ${version}: ${kills.length} killed, ${writes} in a write, as many failed twice`);
      expect(kills.length).toBeGreaterThan(15);
    },
  );

  it.each(versions)(
    'a trust directory of version %s is moved by two processes at one time',
    async (_, age) => {
      for (let round = 0; round < 3; round++) {
        plant(age);
        const keys = material();
        const ended = await Promise.all([place.child(['key', 'list']), place.child(['key', 'list'])]);
        expect(ended.map(({ status }) => status)).toEqual([0, 0]);
        expect(material()).toEqual(keys);
        expect(await place.run(['key', 'list'])).toMatchObject({
          status: 0,
          stderr: '',
        });
        expect(readdirSync(join(place.home.trustDir, 'private'))).toHaveLength(3);
      }
    },
  );

  it.each(commands)('an old trust directory lets offline commands work in it: %s %s', async (...words) => {
    for (const [, age] of versions) {
      plant(age);
      place.home.write('payload', 'payload');
      expect(await place.run([...words, '-s', 'https://localhost:1'])).toMatchObject({ status: 0 });
    }
  });
});
