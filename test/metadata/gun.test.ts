import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGun } from '../../src/metadata/gun.ts';
import { refusal } from '../support/refusal.ts';

describe('G21 a GUN', () => {
  it.each([
    'docker.io/library/alpine',
    'localhost:5000/foo/bar:x',
    'a',
    'Name With Capitals/And Blanks',
    'a&b@c',
    'älice/démo/😀',
    '.hidden/..almost/...',
    '-rf',
    '~root',
    '%2e%2e',
    'x'.repeat(255),
  ])('a GUN may be %s', (text) => {
    expect(parseGun(text)).toBe(text);
  });

  it.each([
    ['', 'it is empty'],
    ['x'.repeat(256), 'it is longer than 255 bytes'],
    ['é'.repeat(128), 'it is longer than 255 bytes'],
    ['/absolute', 'it starts with a slash'],
    ['a/../b', 'it has an empty, "." or ".." segment'],
    ['..', 'it has an empty, "." or ".." segment'],
    ['a/..', 'it has an empty, "." or ".." segment'],
    ['../a', 'it has an empty, "." or ".." segment'],
    ['.', 'it has an empty, "." or ".." segment'],
    ['a/./b', 'it has an empty, "." or ".." segment'],
    ['a//b', 'it has an empty, "." or ".." segment'],
    ['a/', 'it has an empty, "." or ".." segment'],
    ['a\u0000b', 'it contains a control character'],
    ['a\nb', 'it contains a control character'],
    ['a\u001b[31m', 'it contains a control character'],
    ['a\u007f', 'it contains a control character'],
    ['a\u009b31m', 'it contains a control character'],
    ['a\ud800', 'it is not valid Unicode'],
  ])('a GUN may not be %j', (text, reason) => {
    expect(() => parseGun(text)).toThrow(
      refusal('INVALID_GUN', `invalid GUN ${JSON.stringify(text)}: ${reason}`),
    );
  });

  it('a GUN never leads out of a directory that it is put under', () => {
    const piece = fc.constantFrom('a', '.', '..', '', '/', '//', '...', ' ', '%2e');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('/');
        try {
          parseGun(text);
        } catch {
          return;
        }
        const { pathname } = new URL(`https://host/v2/${text.replaceAll('%', '%25')}/_trust/tuf/`);
        expect(pathname.startsWith('/v2/')).toBe(true);
        expect(text.split('/').some((segment) => ['', '.', '..'].includes(segment))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
