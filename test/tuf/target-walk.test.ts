import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Targets } from '../../src/metadata/targets.ts';
import { pathsAllow, restrictPaths } from '../../src/tuf/path-prefixes.ts';
import { collectTargets, searchTarget, walkRoles } from '../../src/tuf/target-walk.ts';

interface Plan {
  readonly targets?: readonly string[];
  /** Children with their paths, in the order of the list. */
  readonly children?: readonly (readonly [name: string, ...paths: readonly string[]])[];
}

/** Loaded roles; the length of each target tells which role it is of. */
function tree(plans: Readonly<Record<string, Plan>>): Map<string, Targets> {
  return new Map(
    Object.entries(plans).map(([role, { targets = [], children = [] }]) => [
      role,
      {
        ...{ version: 1, expires: '2049-01-01T00:00:00Z' },
        targets: new Map(
          targets.map((name) => [name, { length: role.length, hashes: new Map<string, string>() }]),
        ),
        delegations: {
          keys: new Map(),
          roles: children.map(([name, ...paths]) => ({ name, paths, keyIds: [], threshold: 1 })),
        },
      },
    ]),
  );
}

/**
 *                    targets
 *          /            |            \
 *      targets/c    targets/a     targets/b
 *       /    \          |             |
 *    c/y    c/x        a/m           b/m
 *             |
 *           c/x/k
 */
const family = tree({
  targets: {
    children: [
      ['targets/c', ''],
      ['targets/a', ''],
      ['targets/b', ''],
    ],
  },
  'targets/c': {
    children: [
      ['targets/c/y', ''],
      ['targets/c/x', ''],
    ],
  },
  'targets/a': { children: [['targets/a/m', '']] },
  'targets/b': { children: [['targets/b/m', '']] },
  'targets/c/x': { children: [['targets/c/x/k', '']] },
  'targets/c/y': {},
  'targets/a/m': {},
  'targets/b/m': {},
  'targets/c/x/k': {},
});
const orderOf = (targets: ReadonlyMap<string, Targets>, start = 'targets', skip: readonly string[] = []) =>
  [...walkRoles(targets, start, new Set(skip))].map(({ role }) => role);

describe('G15 the order in which roles are asked', () => {
  it('the order in which roles are asked is breadth first, children as their parent lists them', () => {
    expect(orderOf(family)).toEqual([
      'targets',
      ...['targets/c', 'targets/a', 'targets/b'],
      ...['targets/c/y', 'targets/c/x', 'targets/a/m', 'targets/b/m'],
      'targets/c/x/k',
    ]);
  });

  it('the walk starts at any role', () => {
    expect(orderOf(family, 'targets/c')).toEqual([
      'targets/c',
      'targets/c/y',
      'targets/c/x',
      'targets/c/x/k',
    ]);
    expect(orderOf(family, 'targets/b/m')).toEqual(['targets/b/m']);
    expect(orderOf(family, 'targets/unknown')).toEqual([]);
  });

  it('the walk leaves out what cannot be used, and what is below it', () => {
    const partial = new Map(family);
    partial.delete('targets/c');
    expect(orderOf(partial)).toEqual(['targets', 'targets/a', 'targets/b', 'targets/a/m', 'targets/b/m']);
  });

  it('the walk does not enter skipped roles, nor what is below them', () => {
    expect(orderOf(family, 'targets', ['targets/c', 'targets/b/m'])).toEqual([
      'targets',
      'targets/a',
      'targets/b',
      'targets/a/m',
    ]);
  });

  it('the walk does not enter roles that no parent lists', () => {
    expect(orderOf(tree({ targets: {}, 'targets/a': {} }))).toEqual(['targets']);
  });

  it('the walk visits a chain of sixty, four hundred children, and each role once', () => {
    const chain = ['targets', ...Array.from({ length: 60 }, (_, at) => `targets${'/a'.repeat(at + 1)}`)];
    const deep = tree(
      Object.fromEntries(
        chain.map((role, at) => [role, { children: chain[at + 1] === undefined ? [] : [[`${role}/a`, '']] }]),
      ),
    );
    expect(orderOf(deep)).toEqual(chain);
    const many = Array.from({ length: 400 }, (_, at) => `targets/${at}`);
    const wide = tree({
      targets: { children: many.map((name) => [name, ''] as const) },
      ...Object.fromEntries(many.map((name) => [name, {}])),
    });
    expect(orderOf(wide)).toEqual(['targets', ...many]);
  });
});

describe('G15 which role may sign a name', () => {
  const everywhere = { targets: ['a/1', 'b/1', 'c/1', ''] };
  const paths = tree({
    targets: {
      children: [['targets/a', 'a/'], ['targets/none'], ['targets/two', 'b/', 'c/'], ['targets/all', '']],
    },
    'targets/a': {
      ...everywhere,
      children: [
        ['targets/a/b', 'b/'],
        ['targets/a/a', 'a/1', 'b/'],
        ['targets/a/all', ''],
      ],
    },
    'targets/none': { ...everywhere, children: [['targets/none/all', '']] },
    'targets/two': { ...everywhere, children: [['targets/two/c', 'c/']] },
    'targets/all': everywhere,
    'targets/a/b': everywhere,
    'targets/a/a': everywhere,
    'targets/a/all': everywhere,
    'targets/none/all': everywhere,
    'targets/two/c': everywhere,
  });

  it.each([
    ['targets', ['']],
    ['targets/a', ['a/']],
    ['targets/none', []],
    ['targets/two', ['b/', 'c/']],
    ['targets/all', ['']],
    ['targets/a/b', []],
    ['targets/a/a', ['a/1']],
    ['targets/a/all', []],
    ['targets/none/all', []],
    ['targets/two/c', ['c/']],
  ])('the role %s has the prefixes that its ancestors leave it', (role, left) => {
    expect([...walkRoles(paths, 'targets')].find((visit) => visit.role === role)?.paths).toEqual(left);
    expect([...walkRoles(paths, role)][0]?.paths).toEqual(left);
  });

  it.each([
    ['a/1', 'targets/a'],
    ['b/1', 'targets/two'],
    ['c/1', 'targets/two'],
    ['', 'targets/all'],
  ])('the name %j is first met in %s', (name, role) => {
    expect(searchTarget(paths, name)?.role).toBe(role);
  });

  it.each([
    ['targets/none', []],
    ['targets/a/b', []],
    ['targets/a/a', ['a/1']],
    ['targets/a', ['a/1']],
    ['targets/two/c', ['c/1']],
  ])('the role %s lists only what it may sign', (role, names) => {
    expect(collectTargets(paths, [role]).map(({ name }) => name)).toEqual(names);
  });

  it('the paths of a role count as plain prefixes, as in Notary', () => {
    expect(restrictPaths(['a', 'b/'], ['a', 'ab', 'a/', 'b', 'b/c', 'c', ''])).toEqual([
      'a',
      'ab',
      'a/',
      'b/c',
    ]);
    expect(restrictPaths([''], ['', 'x'])).toEqual(['', 'x']);
    expect(restrictPaths([], [''])).toEqual([]);
    expect(pathsAllow(['a'], 'ab')).toBe(true);
    expect(pathsAllow(['a/'], 'a')).toBe(false);
    expect(pathsAllow([], 'a')).toBe(false);
    expect(pathsAllow([''], '')).toBe(true);
  });

  it('a role never signs what none of its ancestors may sign', () => {
    const prefix = fc.constantFrom('', 'a', 'a/', 'ab', 'b', 'b/c');
    const chain = fc.array(fc.array(prefix, { maxLength: 3 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(chain, fc.constantFrom('a', 'a/x', 'ab', 'b', 'b/c/d', 'c', ''), (levels, name) => {
        const roles = levels.map((_, at) => `targets${'/r'.repeat(at + 1)}`);
        const plans: Record<string, Plan> = {};
        for (const [at, role] of ['targets', ...roles].entries()) {
          const below = roles[at];
          plans[role] =
            below === undefined ? { targets: [name] } : { children: [[below, ...(levels[at] ?? [])]] };
        }
        const targets = tree(plans);
        const allowed = levels.every((own) => pathsAllow(own, name));
        // Each level must allow the name; that it is enough only holds where prefixes nest.
        if (searchTarget(targets, name) !== undefined) expect(allowed).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('G15 which role a target is taken from', () => {
  const same = ['v1'];
  const names = tree({
    targets: {
      children: [
        ['targets/a', ''],
        ['targets/b', ''],
      ],
    },
    'targets/a': { children: [['targets/a/c', '']] },
    'targets/b': { targets: same },
    'targets/a/c': { targets: same },
  });

  it('the role that a target is taken from is targets before any delegation', () => {
    const above = tree({ targets: { targets: same, children: [['targets/a', '']] } });
    const top = new Map([...names, ...above]);
    expect(searchTarget(top, 'v1')?.role).toBe('targets');
  });

  it('the role that a target is taken from is the higher one, and not the one that comes first in depth', () => {
    expect(searchTarget(names, 'v1')?.role).toBe('targets/b');
    expect(collectTargets(names, []).map(({ role }) => role)).toEqual(['targets/b']);
  });

  it('a target is not found when no role has signed the name', () => {
    expect(searchTarget(names, 'v2')).toBeUndefined();
    expect(searchTarget(new Map(), 'v1')).toBeUndefined();
    expect(searchTarget(names, '__proto__')).toBeUndefined();
  });

  it('a found target comes with what its role has said of it', () => {
    expect(searchTarget(names, 'v1')).toEqual({
      name: 'v1',
      role: 'targets/b',
      meta: { length: 'targets/b'.length, hashes: new Map() },
    });
  });
});

describe('G15 a list of roles', () => {
  const all = ['x', 'y'];
  const lists = tree({
    targets: {
      targets: ['t', 'x'],
      children: [
        ['targets/a', ''],
        ['targets/b', ''],
      ],
    },
    'targets/a': { targets: all, children: [['targets/a/c', '']] },
    'targets/a/c': { targets: [...all, 'z'] },
    'targets/b': { targets: [...all, 'z', 'w'] },
  });
  const owners = (...roles: readonly string[]) =>
    Object.fromEntries(collectTargets(lists, roles).map(({ name, role }) => [name, role]));

  it.each([
    [[], { t: 'targets', x: 'targets', y: 'targets/a', z: 'targets/b', w: 'targets/b' }],
    [['targets'], { t: 'targets', x: 'targets', y: 'targets/a', z: 'targets/b', w: 'targets/b' }],
    [['targets/a'], { x: 'targets/a', y: 'targets/a', z: 'targets/a/c' }],
    [['targets/b', 'targets/a'], { x: 'targets/b', y: 'targets/b', z: 'targets/b', w: 'targets/b' }],
    [['targets/a', 'targets/b'], { x: 'targets/a', y: 'targets/a', z: 'targets/a/c', w: 'targets/b' }],
    [
      ['targets/a/c', 'targets'],
      { x: 'targets/a/c', y: 'targets/a/c', z: 'targets/a/c', t: 'targets', w: 'targets/b' },
    ],
    [
      ['targets/a', 'targets/b', 'targets/a/c'],
      { x: 'targets/a', y: 'targets/a', z: 'targets/b', w: 'targets/b' },
    ],
    [['targets/a', 'targets/a'], { x: 'targets/a', y: 'targets/a', z: 'targets/a/c' }],
    [['targets/unknown'], {}],
  ])('the list of roles %j takes each name from the first that has it', (roles, expected) => {
    expect(owners(...roles)).toEqual(expected);
  });

  it('a list of roles is walked with the other listed roles left out until it is their turn', () => {
    expect(collectTargets(lists, ['targets', 'targets/a']).map(({ name, role }) => [name, role])).toEqual([
      ['t', 'targets'],
      ['x', 'targets'],
      ['y', 'targets/b'],
      ['z', 'targets/b'],
      ['w', 'targets/b'],
    ]);
  });
});
