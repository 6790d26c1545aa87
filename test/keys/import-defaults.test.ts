import { describe, expect, it } from 'vitest';
import { keyIdInName, withDefaults } from '../../src/keys/import-defaults.ts';
import { refusal } from '../support/refusal.ts';

const id = 'ab'.repeat(32);
const gun = 'docker.io/lib/alpine';

function settled(headers: Readonly<Record<string, string>>, flags: { role?: string; gun?: string } = {}) {
  const block = {
    type: 'PRIVATE KEY',
    headers: new Map(Object.entries(headers)),
    bytes: new Uint8Array([1]),
  };
  const { role = '', gun: of = '' } = flags;
  return Object.fromEntries(withDefaults(block, { role, gun: of, source: 'file.pem' }).headers);
}

describe('the path of a brought key', () => {
  it.each([
    [{ path: 'a' }, { path: 'a' }],
    [{ path: 'root_keys/a' }, { path: 'a' }],
    [{ path: '/a' }, { path: 'a' }],
    [{ path: 'x/y/a///' }, { path: 'a' }],
    [{ path: 'x//a/' }, { path: 'a' }],
  ])('the path %j of a brought key is reduced to its last element', (headers, expected) => {
    expect(settled({ ...headers, role: 'root' })).toEqual({ ...expected, role: 'root' });
  });

  it.each([`tuf_keys/${gun}/a`, `tuf_keys//${gun}//a`, `tuf_keys///${gun}///a`])(
    'the path %j of a brought key names the GUN',
    (path) => {
      expect(settled({ path, role: 'targets' })).toEqual({ path: 'a', role: 'targets', gun });
    },
  );

  it.each(['tuf_keys/a', 'tuf_keys//a', `other_keys/${gun}/a`, `${gun}/a`])(
    'the path %j of a brought key names no GUN',
    (path) => {
      expect(settled({ path, role: 'targets' })).toEqual({ path: 'a', role: 'targets' });
    },
  );
});

describe('the role and the GUN of a brought key', () => {
  it('the role and the GUN of a brought key come from the flags where the headers are silent', () => {
    expect(settled({}, { role: 'targets', gun })).toEqual({ role: 'targets', gun });
    expect(settled({ role: 'targets' }, { gun })).toEqual({ role: 'targets', gun });
    expect(settled({ role: '', gun: '' }, { role: 'snapshot', gun })).toEqual({ role: 'snapshot', gun });
  });

  it('the GUN of a brought key is empty for a role that has none', () => {
    expect(settled({ gun }, {})).toEqual({ role: 'delegation' });
    expect(settled({ role: 'root', gun: 'other' }, { gun })).toEqual({ role: 'root' });
  });

  it('the headers of a brought key that contradict the flags are an error that names both', () => {
    expect(() => settled({ role: 'root' }, { role: 'user' })).toThrow(
      refusal('FLAG_CONTRADICTED', 'a key in file.pem names the role root, not user', {
        file: 'file.pem',
        role: 'root',
        flag: 'user',
      }),
    );
    expect(() => settled({ role: 'targets', gun: 'other' }, { gun })).toThrow(
      refusal('FLAG_CONTRADICTED', `a key in file.pem names the gun other, not ${gun}`),
    );
  });
});

describe('the name of a key file', () => {
  it.each([`${id}.key`, `folder/${id}.key`, `C:\\folder\\${id}.key`])(
    'the file name %j says the key ID',
    (name) => {
      expect(keyIdInName(name)).toBe(id);
    },
  );

  it.each([
    `${id}.key.bak`,
    `x${id}.key`,
    `${id.slice(1)}.key`,
    `${id.toUpperCase()}.key`,
    `${id}xkey`,
    'a.key',
    '',
  ])('the file name %j says no key ID', (name) => {
    expect(keyIdInName(name)).toBe('');
  });
});
