import { describe, expect, it } from 'vitest';
import { changesText } from '../../../src/cli/render/changes.ts';
import { keysView } from '../../../src/cli/render/keys.ts';
import { rolesView } from '../../../src/cli/render/roles.ts';
import { lookupView, targetsView } from '../../../src/cli/render/targets.ts';
import { asCanonicalKeyId } from '../../../src/crypto/keys/key-id.ts';

const sha256 = Buffer.alloc(32, 1).toString('base64');
const hex = '01'.repeat(32);

describe('list', () => {
  it('list shows digest, size and role of each target', () => {
    const meta = { length: 12, hashes: new Map([['sha256', sha256]]) };
    expect(
      targetsView.text({
        gun: 'g',
        incomplete: [],
        targets: [{ name: '1.0', meta, role: 'targets/releases' }],
      }),
    ).toBe(
      `NAME    DIGEST${' '.repeat(62)}SIZE (BYTES)    ROLE\n` +
        `----    ------${' '.repeat(62)}------------    ----\n` +
        `1.0     ${hex}    12              targets/releases\n`,
    );
  });

  it('list leaves the digest empty for a target without SHA-256', () => {
    const meta = { length: 1, hashes: new Map([['sha512', 'AAAA']]) };
    expect(
      targetsView.text({ gun: 'g', incomplete: [], targets: [{ name: 'x', meta, role: 'targets' }] }),
    ).toContain('x                 1               targets\n');
  });

  it('list says so when there is nothing', () => {
    expect(targetsView.text({ gun: 'g', incomplete: [], targets: [] })).toBe(
      '\nNo targets present in this repository.\n\n',
    );
  });
});

describe('lookup', () => {
  it('lookup is one line', () => {
    const meta = { length: 12, hashes: new Map([['sha256', sha256]]) };
    expect(
      lookupView.text({ gun: 'g', incomplete: [], target: { name: 'a\nb', meta, role: 'targets' } }),
    ).toBe(`a\\x0ab sha256:${hex} 12\n`);
  });
});

describe('delegation list', () => {
  it('delegation list gives a role as many rows as it has paths or keys', () => {
    const roles = [
      {
        name: 'targets/qa',
        paths: ['b/', 'a/', 'c/'],
        keyIds: ['k2', 'k1'].map(asCanonicalKeyId),
        threshold: 1,
      },
      { name: 'targets/releases', paths: [''], keyIds: [asCanonicalKeyId('k1')], threshold: 2 },
      { name: 'targets/x', paths: [], keyIds: [], threshold: 1 },
    ];
    expect(rolesView.text({ gun: 'g', roles })).toBe(
      '\n' +
        'ROLE                PATHS             KEY IDS    THRESHOLD\n' +
        '----                -----             -------    ---------\n' +
        'targets/qa          a/                k2         1\n' +
        '                    b/                k1         \n' +
        '                    c/                           \n' +
        'targets/releases    "" <all paths>    k1         2\n' +
        'targets/x                                        1\n' +
        '\n',
    );
  });

  it('delegation list says so when there is none', () => {
    expect(rolesView.text({ gun: 'g', roles: [] })).toBe(
      '\n\nNo delegations present in this repository.\n\n\n',
    );
  });
});

describe('key list', () => {
  const key = (gun: string, location: string) => ({
    role: 'targets',
    gun,
    keyId: asCanonicalKeyId('id'),
    location,
  });

  it('key list cuts long GUNs to 25 bytes and long directories to 40, from the left', () => {
    const gun = 'docker.io/alice/a-very-long-name';
    const folder = '/home/alice/some/where/.docker/trust/private';
    const text = keysView.text([key(gun, folder)]);
    expect(text).toContain(`targets    ...${gun.slice(-22)}    id        ...${folder.slice(-37)}\n`);
  });

  it('key list keeps what fits', () => {
    expect(keysView.text([key('g'.repeat(25), 'l'.repeat(40))])).toContain(
      `${'g'.repeat(25)}    id        ${'l'.repeat(40)}\n`,
    );
  });

  it('key list never cuts a character apart', () => {
    expect(keysView.text([key('é'.repeat(20), '/')])).toContain(`...${'é'.repeat(11)}    id`);
    expect(keysView.text([key(`${'é'.repeat(12)}${'x'.repeat(11)}`, '/')])).toContain(
      `...${'é'.repeat(5)}${'x'.repeat(11)}    id`,
    );
  });

  it('key list is framed by empty lines, also when there is nothing', () => {
    expect(keysView.text([key('', '/')])).toMatch(/^\nROLE .*\/\n\n$/s);
    expect(keysView.text([])).toBe('\nNo signing keys found.\n\n');
  });
});

describe('status', () => {
  it('status numbers the changes', () => {
    const change = {
      index: 3,
      action: 'create',
      scope: 'targets/releases',
      type: 'delegation',
      path: '',
      content: undefined,
    };
    expect(changesText('g', [change])).toBe(
      'Unpublished changes for g:\n\n' +
        '#    ACTION    SCOPE               TYPE          PATH\n' +
        '-    ------    -----               ----          ----\n' +
        '3    create    targets/releases    delegation    \n',
    );
  });

  it('status says so when nothing is staged', () => {
    expect(changesText('g', [])).toBe('No unpublished changes for g\n');
  });
});
