/**
 * What the program is known to do wrong yet. A step that meets such a hole is left out; with its line here taken
 * away, it is played.
 */

import type { CommandStep, Step } from './steps.ts';

interface Hole {
  readonly name: string;
  readonly reason: string;
  met(step: Step): boolean;
}

const holes: readonly Hole[] = [];

/** The hole that a step would meet; also when it does so in the midst of another. */
export function closedBy(step: Step): Hole | undefined {
  const other = (step as CommandStep).fault?.other;
  return holes.find((hole) => hole.met(step)) ?? (other === undefined ? undefined : closedBy(other));
}
