import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHeldMetadata } from '../../../src/adapters/fs/trust-dir-metadata.ts';

let trustDir = '';
beforeEach(() => {
  trustDir = mkdtempSync(join(tmpdir(), 'tsnotary-'));
});
afterEach(() => rmSync(trustDir, { recursive: true, force: true }));

function put(path: string, text = path): void {
  const file = join(trustDir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function held(): Promise<readonly string[]> {
  const files = await openHeldMetadata(trustDir).files();
  const texts = files.map(async (file) =>
    [file.gun, file.role, Buffer.from(await file.read()).toString()].join(': '),
  );
  return (await Promise.all(texts)).sort();
}

describe('G31 the metadata of a trust directory', () => {
  it('the metadata of a trust directory is every root, targets and delegation file of every repository, however they nest', async () => {
    const files: readonly (readonly [gun: string, role: string])[] = [
      ['docker.io/alice/demo', 'root'],
      ['docker.io/alice/demo', 'targets'],
      ['docker.io/alice/demo', 'targets/releases'],
      ['docker.io/alice/demo', 'targets/a/metadata/b'],
      ['docker.io/alice/demo/nested', 'root'],
      ['a/metadata', 'root'],
      ['a', 'targets'],
    ];
    for (const [gun, role] of files) put(`tuf/${gun}/metadata/${role}.json`);
    const expected = files.map(([gun, role]) => `${gun}: ${role}: tuf/${gun}/metadata/${role}.json`);
    expect(await held()).toEqual(expected.sort());
  });

  it('the metadata of a trust directory leaves out what lists no keys', async () => {
    for (const file of [
      'metadata/snapshot.json',
      'metadata/timestamp.json',
      'changelist/1.change',
      '.rotate-root.json',
    ])
      put(`tuf/g/${file}`);
    put('private/0.key');
    expect(await held()).toEqual([]);
  });

  it('the metadata of a trust directory is empty when its directory is missing', async () => {
    expect(await held()).toEqual([]);
  });

  it('the metadata of a trust directory is found behind links, once, and a circle of links ends', async () => {
    put('elsewhere/metadata/root.json', 'linked');
    mkdirSync(join(trustDir, 'tuf'));
    symlinkSync(join(trustDir, 'elsewhere'), join(trustDir, 'tuf/linked'));
    symlinkSync(join(trustDir, 'tuf'), join(trustDir, 'elsewhere/circle'));
    expect(await held()).toEqual(['linked: root: linked']);
  });

  it('the reader of a trust directory says which file cannot be read', async () => {
    mkdirSync(join(trustDir, 'tuf/g/metadata'), { recursive: true });
    symlinkSync('/nowhere/at/all', join(trustDir, 'tuf/g/metadata/root.json'));
    const [file] = await openHeldMetadata(trustDir).files();
    await expect(file?.read()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(file?.location).toBe(join(trustDir, 'tuf/g/metadata/root.json'));
  });

  it('the reader of a trust directory fails when a directory cannot be listed', async () => {
    put('tuf');
    await expect(openHeldMetadata(trustDir).files()).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
