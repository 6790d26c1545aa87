/** The order of tags, as docker CLI 28.2.2 has it. */

import { describe, expect, it } from 'vitest';
import { compareNatural } from '../../src/images/natural-order.ts';

/** In docker's order. */
const tags = '1.9 1.09 1.10 7 007 V2 a-b a_b latest v v1.0 v9 v10'.split(' ');

describe('the natural order of names', () => {
  it('the natural order of names is that of docker, whatever they were in before', () => {
    expect([...tags].sort(compareNatural)).toEqual(tags);
    expect([...tags].reverse().sort(compareNatural)).toEqual(tags);
  });

  it('the natural order of names has every name before those after it', () => {
    for (const [index, tag] of tags.entries())
      for (const [place, other] of tags.entries())
        expect([tag, other, Math.sign(compareNatural(tag, other))]).toEqual([
          ...[tag, other],
          Math.sign(index - place),
        ]);
  });

  it('the natural order of names compares numbers that no computer counts', () => {
    expect(compareNatural(`v${'9'.repeat(40)}`, `v1${'0'.repeat(40)}`)).toBeLessThan(0);
  });
});
