/** What differs between two states of a repository. */

import { describe, expect, it } from 'vitest';
import { compare, reversed } from '../../src/review/compare.ts';
import { keysOf, metaOf, stateWith } from './states.ts';

const role = 'targets/releases';
const before = stateWith({
  targets: { targets: { v0: 'x', v1: 'x' } },
  [role]: { keys: ['a', 'b'], paths: ['one/', 'two/'], targets: { t: 'x' } },
});
const after = stateWith({
  targets: { targets: { v1: 'y', v2: 'x' } },
  [role]: { keys: ['b', 'c'], threshold: 2, paths: ['two/', 'three/'], targets: { t: 'x' } },
  'targets/new': { keys: ['d'], targets: {} },
});
const [a, c, d] = ['a', 'c', 'd'].map((id) => [...keysOf(id).keys()][0]);

describe('a comparison of states', () => {
  it('a comparison names roles, thresholds, keys, paths and targets, in this order', () => {
    expect(compare(before, after)).toEqual([
      { op: 'remove', what: 'target', role: 'targets', target: 'v0', before: metaOf('x') },
      {
        op: 'change',
        what: 'target',
        role: 'targets',
        target: 'v1',
        before: metaOf('x'),
        after: metaOf('y'),
      },
      { op: 'add', what: 'target', role: 'targets', target: 'v2', after: metaOf('x') },
      { op: 'add', what: 'role', role: 'targets/new' },
      { op: 'add', what: 'key', role: 'targets/new', keyId: d },
      { op: 'add', what: 'path', role: 'targets/new', path: '' },
      { op: 'change', what: 'threshold', role, before: 1, after: 2 },
      { op: 'remove', what: 'key', role, keyId: a },
      { op: 'add', what: 'key', role, keyId: c },
      { op: 'remove', what: 'path', role, path: 'one/' },
      { op: 'add', what: 'path', role, path: 'three/' },
    ]);
  });

  it('a comparison the other way round is the reversed one', () => {
    expect(compare(after, before)).toEqual(reversed(compare(before, after)));
    expect(reversed(reversed(compare(before, after)))).toEqual(compare(before, after));
  });

  it('a comparison of a state with itself is empty, whatever its versions and expiries', () => {
    const later = stateWith({
      targets: { version: 9, expires: '2050-01-01T00:00:00Z', targets: { v: 'x' } },
    });
    const now = stateWith({ targets: { targets: { v: 'x' } } });
    expect(compare(now, later)).toEqual([]);
    expect(compare(before, before)).toEqual([]);
  });

  it('a comparison sees custom data', () => {
    const plain = stateWith({ targets: { targets: { v: 'x' } } });
    const custom = stateWith({ targets: { targets: { v: 'x' } } });
    const file = custom.roles.get('targets')?.file;
    if (file === undefined) throw new Error('no file');
    const targets = new Map([['v', { ...metaOf('x'), custom: 'data' }]]);
    const roles = new Map(custom.roles);
    const targetsRole = custom.roles.get('targets');
    if (targetsRole !== undefined)
      roles.set('targets', { ...targetsRole, file: { ...file, content: { ...file.content, targets } } });
    expect(compare(plain, { ...custom, roles })).toMatchObject([
      { op: 'change', what: 'target', target: 'v' },
    ]);
  });
});
