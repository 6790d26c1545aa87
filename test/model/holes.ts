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

const holes: readonly Hole[] = [
  {
    name: 'shadowed names',
    reason:
      'a name that a role above holds is added, and nothing says that readers go on to get the other one',
    met: (step) => step.do === 'add' && step.name === '1' && step.role !== 'targets',
  },
  {
    name: 'rotations taken up late',
    reason:
      'a rotation that was cut short and is taken up after another machine has rotated makes a retired key current again',
    met: (step) => step.do === 'rotate' && step.fault !== undefined,
  },
];

/** The hole that a step would meet; also when it does so in the midst of another. */
export function closedBy(step: Step): Hole | undefined {
  const other = (step as CommandStep).fault?.other;
  return holes.find((hole) => hole.met(step)) ?? (other === undefined ? undefined : closedBy(other));
}
