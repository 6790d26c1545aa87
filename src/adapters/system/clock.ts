/** Reads the system clock. */

import type { Clock } from '../../ports/clock.ts';

/** A clock whose nanoseconds strictly increase, so that two changes staged in one instant keep their order. */
export function systemClock(): Clock {
  let last = 0n;
  return {
    now: () => new Date(),
    sleep: (milliseconds) => new Promise((resolve) => void setTimeout(resolve, milliseconds)),
    unixNano() {
      const wall = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e3)) * 1000n;
      // performance.now() does not follow corrections of the wall clock.
      const corrected = BigInt(Date.now()) * 1_000_000n;
      const drift = wall > corrected ? wall - corrected : corrected - wall;
      const nano = drift > 2_000_000n ? corrected : wall;
      last = nano > last ? nano : last + 1n;
      return last;
    },
  };
}
