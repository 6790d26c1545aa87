import { describe, expect, it } from 'vitest';
import { pathsAllow, restrictPaths } from '../../src/tuf/path-prefixes.ts';

/** So many prefixes that the client orders them: sixteen are looked through one by one. */
const many = (...paths: readonly string[]) => [
  ...paths,
  ...Array.from({ length: 20 }, (_, index) => `filler/${String.fromCharCode(97 + index)}/`),
];

describe('a long list of path prefixes', () => {
  it.each([
    ['a/file', true],
    ['a/', true],
    ['a', false],
    ['b/file', false],
    ['filler/a/x', true],
    ['filler/t/x', true],
    ['filler/t', false],
    ['filler/u/x', false],
    ['filler/', false],
    ['zz', true],
    ['zzz', true],
    ['z', false],
    ['x a/file', false],
    ['', false],
    ['\u{10000}', false],
  ] as const)('allows %j: %s', (name, expected) => {
    for (const paths of [many('a/', 'zz'), [...many('a/', 'zz')].reverse()]) {
      expect(pathsAllow(paths, name)).toBe(expected);
      expect(pathsAllow(paths, name)).toBe(paths.some((path) => name.startsWith(path)));
    }
  });

  it('allows what a shorter prefix allows though a longer one stands before the name', () => {
    const nested = many('a/', 'a/b/', 'a/b/c/', 'a/b/', 'ab');
    for (const name of ['a/a', 'a/b/a', 'a/b/c/d', 'a/c', 'a/z', 'ab', 'abc']) {
      expect([name, pathsAllow(nested, name)]).toEqual([name, true]);
    }
    for (const name of ['a', 'aa', 'a0', 'b'])
      expect([name, pathsAllow(nested, name)]).toEqual([name, false]);
  });

  it('allows every name with the empty prefix, and none where a suffix is meant', () => {
    expect(pathsAllow(many(''), 'whatever')).toBe(true);
    expect(pathsAllow(many(''), '')).toBe(true);
    expect(pathsAllow(many('x'), 'a name with x')).toBe(false);
  });

  it('allows no name that stands before all of its prefixes', () => {
    const late = Array.from({ length: 20 }, (_, index) => `v${String.fromCharCode(97 + index)}/`);
    for (const name of ['undefined/x', 'a', ''])
      expect([name, pathsAllow(late, name)]).toEqual([name, false]);
  });

  it('keeps what lies within it of the paths of a child, in their order', () => {
    expect(restrictPaths(many('a/', 'c'), ['d', 'cc', 'a/b', 'a', 'filler/b/x'])).toEqual([
      'cc',
      'a/b',
      'filler/b/x',
    ]);
  });

  it.each([15, 16, 17, 18])('allows the same as a short one: %i', (length) => {
    const paths = Array.from({ length }, (_, index) => `${String.fromCharCode(97 + ((index * 7) % 26))}/`);
    for (const path of paths) expect(pathsAllow(paths, `${path}x`)).toBe(true);
    for (const other of ['A/', '~/', 'a', '']) expect(pathsAllow(paths, other)).toBe(false);
  });
});
