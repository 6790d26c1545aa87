import { describe, expect, it } from 'vitest';
import {
  baseRoles,
  isBaseRole,
  isDelegation,
  isTargetsRole,
  isWildcard,
  parentRole,
} from '../../src/metadata/role-name.ts';

const delegations = [
  'targets/a',
  'targets/releases',
  'targets/a/b/c',
  'targets/-_0',
  `targets/${'x'.repeat(247)}`,
];
const nothing = [
  ...[
    '',
    'targets/',
    '/targets/a',
    'targets//a',
    'targets/a/',
    'targets/a//b',
    'target/a',
    'Targets/a',
    'xtargets/a',
  ],
  ...[
    'targets/A',
    'targets/a.b',
    'targets/.',
    'targets/..',
    'targets/a b',
    'targets/a\n',
    'targets/é',
    'targets/a*',
  ],
  ...[`targets/${'x'.repeat(248)}`, 'root/a', 'snapshot/a', 'targets\\a', 'targets/a\u0000'],
];
const wildcards = ['targets/*', 'targets/a/*', 'targets/a/b/*'];
const noWildcards = [
  '*',
  '/*',
  'root/*',
  'targets/a*',
  'targets/*/',
  'targets/*/*',
  'targets//*',
  'targets/A/*',
  'targets*',
];

describe('G15 the name of a role', () => {
  it.each(delegations)('the name %s is that of a delegation', (name) => {
    expect([isDelegation(name), isTargetsRole(name), isBaseRole(name), isWildcard(name)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each([...nothing, ...noWildcards])('the name %j is that of no role', (name) => {
    expect([isDelegation(name), isTargetsRole(name), isBaseRole(name), isWildcard(name)]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it.each(wildcards)('the name %s is that of all roles below another', (name) => {
    expect([isDelegation(name), isTargetsRole(name), isBaseRole(name), isWildcard(name)]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('the names of base roles are four, and only targets among them holds targets', () => {
    expect(
      baseRoles.map((name) => [name, isBaseRole(name), isTargetsRole(name), isDelegation(name)]),
    ).toEqual([
      ['root', true, false, false],
      ['targets', true, true, false],
      ['snapshot', true, false, false],
      ['timestamp', true, false, false],
    ]);
    expect(['Root', 'root ', 'mirrors', '__proto__', 'constructor'].some(isBaseRole)).toBe(false);
  });

  it('the name of a delegation says whose metadata lists it', () => {
    expect(['targets/a', 'targets/a/b', 'targets/a/b/c', 'targets/*'].map(parentRole)).toEqual([
      'targets',
      'targets/a',
      'targets/a/b',
      'targets',
    ]);
  });
});
