/** The names that completion offers: those that this machine holds, from its disk alone. */

import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../support/genuine/programs.ts';
import { scratchHome } from '../support/memory-system.ts';

const gun = 'docker.io/fixtures/demo';
const signer = '1cfa47c517a850efb00ac1496e231a6b99d7e829f873cf2bbf0fdfeb3c89615f';

let home: ReturnType<typeof scratchHome>;
beforeAll(() => {
  home = scratchHome();
  cpSync(join(repository, 'fixtures/trust-dirs/staged-changes'), join(home.folder, '.notary'), {
    recursive: true,
  });
});
afterAll(() => home.remove());

async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { status, stdout } = await home.run(['__complete', ...words]);
  expect(status).toBe(0);
  return stdout.trimEnd().split('\n');
}

/** Metadata that was not verified on this machine. */
function hold(name: string, targets: readonly string[]): void {
  const folder = join(home.folder, '.notary/tuf', name, 'metadata');
  mkdirSync(folder, { recursive: true });
  const meta = { hashes: { sha256: 'e3sVmiHG7t6plOmNLjgSiM1fS2OSNTAlZ2THC/JvtBY=' }, length: 1 };
  const signed = {
    ...{
      _type: 'Targets',
      version: 1,
      expires: '2030-01-01T00:00:00Z',
      delegations: { keys: {}, roles: [] },
    },
    targets: Object.fromEntries(targets.map((target) => [target, meta])),
  };
  writeFileSync(join(folder, 'targets.json'), JSON.stringify({ signed, signatures: [] }));
}

describe('names in completion', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['the GUNs', ['list', 'doc'], [gun]],
    ['the GUNs for a flag', ['key', 'export', '--gun', ''], [gun]],
    ['the GUNs after the trust directory of the line', ['-d', '.notary', 'status', ''], [gun]],
    [
      'the targets, staged ones too',
      ['remove', gun, 'v'],
      ['v1\ttargets', 'v1.1\ttargets/releases', 'v2\tstaged for targets/releases'],
    ],
    [
      'the delegations, staged ones too',
      ['delegation', 'add', gun, ''],
      ['targets/qa\tstaged', 'targets/releases\t1 key'],
    ],
    [
      'the roles that hold targets',
      ['list', gun, '-r', ''],
      ['targets', 'targets/qa\tstaged', 'targets/releases\t1 key'],
    ],
    ['the roles in a list', ['add', gun, '--roles=targets,targets/r'], ['targets,targets/releases\t1 key']],
    [
      'the roles that are not given yet',
      ['witness', gun, 'targets', 'targets/r'],
      ['targets/releases\t1 key'],
    ],
    ['the base roles', ['key', 'rotate', gun, 's'], ['snapshot']],
    [
      'the private keys',
      ['key', 'remove', '41'],
      ['416796dcbd911b2ad7a69ca723b9c02d7c54b03ec94ca25f24affd2ebfeaeea1\troot'],
    ],
    ['the private keys for a flag', ['key', 'export', '--key', '1c'], [`${signer}\tuser`]],
    [
      'the keys of a delegation',
      ['delegation', 'remove', gun, 'targets/releases', ''],
      [`${signer}\ttargets/releases`],
    ],
    [
      'the keys of all delegations',
      ['delegation', 'purge', gun, '--key', ''],
      [`${signer}\ttargets/releases`],
    ],
  ])('completion offers %s', async (_, words, names) => {
    expect(await offered(...words)).toEqual([...names, ':4']);
  });

  it.each<[string, readonly string[]]>([
    ['a GUN that is still to be made', ['init', '']],
    ['the file of a target', ['add', gun, 'v1', '']],
    ['a certificate', ['delegation', 'add', gun, 'targets/releases', '']],
    ['the key files of a rotation', ['key', 'rotate', gun, 'root', '-k', '']],
    ['a GUN of which it holds nothing', ['lookup', 'docker.io/other', '']],
    ['a GUN that is none', ['lookup', '../..', '']],
  ])('completion offers nothing for %s', async (_, words) => {
    expect(await offered(...words)).toEqual([':0']);
  });

  it('completion offers no name that a terminal would not show as it is, or that the line would read otherwise', async () => {
    hold('odd', ['plain', 'two\nlines', 'tab\tbed', '\u202etxt', '-r', 'with,comma']);
    expect(await offered('lookup', 'odd', '')).toEqual(['plain\ttargets', 'with,comma\ttargets', ':4']);
  });

  it('completion offers nothing where more than a thousand would do', async () => {
    hold(
      'many',
      Array.from({ length: 1200 }, (_, index) => `v${index}`),
    );
    expect(await offered('lookup', 'many', 'v')).toEqual([':0']);
    expect(await offered('lookup', 'many', 'v119')).toHaveLength(12);
  });

  it('completion offers the rest when a file is damaged', async () => {
    mkdirSync(join(home.folder, '.notary/tuf/damaged/metadata'), { recursive: true });
    writeFileSync(join(home.folder, '.notary/tuf/damaged/metadata/targets.json'), '{');
    expect(await offered('lookup', 'damaged', '')).toEqual([':0']);
    expect(await offered('list', 'dam')).toEqual(['damaged', ':4']);
    expect(await offered('-c', 'missing.json', 'list', '')).toEqual([':0']);
  });

  it('completion makes, moves and asks nothing', async () => {
    const other = scratchHome();
    cpSync(join(repository, 'fixtures/trust-dirs/old-layout'), join(other.folder, '.notary'), {
      recursive: true,
    });
    const before = readdirSync(other.folder, { recursive: true });
    for (const words of [
      ['list', ''],
      ['lookup', 'docker.io/other', ''],
      ['key', 'remove', ''],
    ]) {
      const { stdout, stderr } = await other.run(['-s', 'https://127.0.0.1:9', '__completeNoDesc', ...words]);
      expect(stdout).toMatch(/:[04]\n$/);
      expect(stderr).toMatch(/^Completion ended[^\n]*\n$/);
    }
    expect(readdirSync(other.folder, { recursive: true })).toEqual(before);
    other.remove();
  });

  it('names of collaborators are offered for themselves, and where a key is wanted', async () => {
    writeFileSync(join(home.folder, 'team.yaml'), `bob: {keys: ["${signer}"]}\n`);
    const named = ['--collaborators', 'team.yaml'];
    expect(await offered(...named, 'collaborator', 'remove', 'b')).toContain('bob\t1 key');
    expect(await offered(...named, 'delegation', 'purge', gun, '--key', '')).toEqual(
      expect.arrayContaining(['bob\t1 key', expect.stringContaining(signer)]),
    );
    expect(await offered('collaborator', 'remove', 'b')).not.toContain('bob\t1 key');
  });
});
