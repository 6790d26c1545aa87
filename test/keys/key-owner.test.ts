import { expect, it, describe as suite } from 'vitest';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { describe, otherOwner, unfitness } from '../../src/keys/key-owner.ts';

const gun = 'docker.io/alice/demo';
const other = 'docker.io/alice/other';
const key = (role: string, of = '') => ({ keyId: asCanonicalKeyId('id'), role, gun: of });

suite('a key', () => {
  it.each([
    [key('targets', gun), 'targets'],
    [key('targets'), 'targets'],
    [key('root'), 'root'],
    [key('user'), 'targets/releases'],
    [key(''), 'targets/releases'],
    [key('user', gun), 'targets/releases'],
    [key('targets/other'), 'targets/releases'],
  ])('a key of %j may sign %s', (info, role) => {
    expect(unfitness(info, { role, gun })).toBeUndefined();
  });

  it.each([
    [key('targets', other), 'targets'],
    [key('user', other), 'targets/releases'],
    [key('targets', gun), 'targets/releases'],
    [key('snapshot', gun), 'targets'],
    [key('timestamp'), 'targets'],
    [key('root'), 'targets'],
  ])('a key of %j may not sign %s', (info, role) => {
    expect(unfitness(info, { role, gun })).toMatch(/^its file says that it is for /);
  });

  it('a key is described by what its file says', () => {
    expect(describe('', '')).toBe('no role');
    expect(describe('user', '')).toBe('the role user');
    expect(describe('targets', gun)).toBe(`the role targets of ${gun}`);
  });
});

suite('a key that is there', () => {
  it('a key that is there has the same owner for the same role and GUN, or where no GUN is named', () => {
    expect(otherOwner(key('targets', gun), 'targets', gun)).toBeUndefined();
    expect(otherOwner(key('targets'), 'targets', gun)).toBeUndefined();
    expect(otherOwner(key('root'), 'root', '')).toBeUndefined();
    expect(otherOwner(key('user', other), 'user', gun)).toBeUndefined();
  });

  it('a key that is there of another role or GUN is named in the error', () => {
    expect(otherOwner(key('user'), 'targets', gun)).toMatchObject({
      ...{ code: 'KEY_EXISTS', message: 'key with same ID already exists for role: user' },
      details: { key: 'id', role: 'user' },
    });
    expect(otherOwner(key('targets', other), 'targets', gun)).toMatchObject({
      ...{ code: 'KEY_EXISTS', message: `key with same ID already exists for the role targets of ${other}` },
      details: { key: 'id', role: 'targets', gun: other },
    });
  });
});
