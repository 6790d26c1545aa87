/** Cuts a history that fails down to one that fails in the same way and cannot be cut any further. */

/** The kind of failure of a history; undefined when it is sound. */
export type Verdict<T> = (steps: readonly T[]) => Promise<string | undefined>;

/**
 * Leaves out runs of steps, long ones first, and then makes steps simpler, as long as the kind of the failure stays the same.
 *
 * A shrinker of values would lead from one failure to another; here the kind is held on to, so that what comes
 * out explains what was found.
 */
export async function shrunk<T>(
  steps: readonly T[],
  kind: string,
  verdict: Verdict<T>,
  simpler: (step: T) => T | undefined,
): Promise<readonly T[]> {
  let shortest = steps;
  for (let before = Infinity; shortest.length < before; ) {
    before = shortest.length;
    for (let run = Math.ceil(shortest.length / 2); run >= 1; run = run === 1 ? 0 : Math.ceil(run / 2)) {
      for (let at = shortest.length - run; at >= 0; at -= run) {
        const fewer = [...shortest.slice(0, at), ...shortest.slice(at + run)];
        if ((await verdict(fewer)) === kind) shortest = fewer;
      }
    }
  }
  for (const [at, step] of shortest.entries()) {
    const plain = simpler(step);
    if (plain === undefined) continue;
    const plainer = shortest.with(at, plain);
    if ((await verdict(plainer)) === kind) shortest = plainer;
  }
  return shortest;
}
