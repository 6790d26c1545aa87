import { describe, expect, it } from 'vitest';
import { didYouMean, nearNames } from '../../src/encoding/near-names.ts';

describe('near names', () => {
  it('near names are at most two letters away, the nearest first', () => {
    const known = ['targets/release', 'targets/qa', 'targets/releases', 'targets/relea'];
    expect(nearNames('targets/relases', known)).toEqual(['targets/releases', 'targets/release']);
  });

  it('near names of a known name are none', () => {
    expect(nearNames('targets/a', ['targets/b', 'targets/a'])).toEqual([]);
  });

  it('near names become a question, or nothing', () => {
    expect(didYouMean(['a', 'b'])).toBe('; did you mean "a" or "b"?');
    expect(didYouMean([])).toBe('');
  });

  it('near names of thousands of long ones are found in bounded time', () => {
    const known = Array.from({ length: 100_000 }, (_, number) => `${'x'.repeat(200)}${number}`);
    expect(nearNames('x'.repeat(204), known)).toEqual([]);
  });
});
