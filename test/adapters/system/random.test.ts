import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/adapters/system/random.ts';

describe('random bytes', () => {
  it.each([0, 1, 16, 65_536, 65_537, 200_000])('random bytes come in any number: %i', (length) => {
    const bytes = systemRandom(length);
    expect(bytes).toHaveLength(length);
    // Each stretch of 32 bytes holds something: nothing is left unfilled.
    for (let at = 0; at + 32 <= length; at += 32)
      expect(bytes.subarray(at, at + 32).some((byte) => byte !== 0)).toBe(true);
  });

  it('random bytes differ each time', () => {
    expect(Buffer.from(systemRandom(16)).equals(systemRandom(16))).toBe(false);
  });
});
