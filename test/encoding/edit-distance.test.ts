import { describe, expect, it } from 'vitest';
import { editDistance } from '../../src/encoding/edit-distance.ts';

describe('the distance of two words', () => {
  it('the distance of two words counts insertions, deletions and replacements', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('abc', '')).toBe(3);
    expect(editDistance('abc', 'abc')).toBe(0);
  });
});
