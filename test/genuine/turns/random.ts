/** Chance that can be repeated: the same seed gives the same choices. */

export interface Chance {
  /** A whole number from 0 up to, but not including, the bound. */
  below(bound: number): number;
  /** True so many times out of a hundred. */
  percent(times: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** Between `least` and `most` different members, in their order. */
  some<T>(from: readonly T[], least: number, most: number): T[];
  /** One of the values, each as often as its weight says. */
  weighted<T>(from: readonly (readonly [weight: number, value: T])[]): T;
}

/** A generator after Marsaglia (xorshift), enough for choosing commands. */
export function chance(seed: number): Chance {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  for (let round = 0; round < 8; round++) next();
  const below = (bound: number): number => next() % bound;
  return {
    below,
    percent: (times) => below(100) < times,
    pick: (from) => from[below(from.length)] ?? from[0],
    some(from, least, most) {
      const wanted = least + below(most - least + 1);
      const left = from.map((_, index) => index);
      while (left.length > wanted) left.splice(below(left.length), 1);
      return left.flatMap((index) => from.slice(index, index + 1));
    },
    weighted(from) {
      let point = below(from.reduce((sum, [weight]) => sum + weight, 0));
      for (const [weight, value] of from) {
        if (point < weight) return value;
        point -= weight;
      }
      throw new Error('nothing to choose from');
    },
  };
}
