import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/system/clock.ts';

describe('the system clock', () => {
  it('the system clock counts nanoseconds that strictly increase and agree with the wall clock', () => {
    const clock = systemClock();
    const before = BigInt(clock.now().getTime() - 10) * 1_000_000n;
    const ticks = Array.from({ length: 10_000 }, () => clock.unixNano());
    const after = BigInt(clock.now().getTime() + 10) * 1_000_000n;
    expect(ticks.every((tick, index) => index === 0 || tick > (ticks[index - 1] ?? 0n))).toBe(true);
    expect((ticks[0] ?? 0n) > before && (ticks[ticks.length - 1] ?? 0n) < after).toBe(true);
  });
});
