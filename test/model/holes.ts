/**
 * What the program is known to do wrong yet. Steps that meet such a hole are left out, or findings of its kind
 * passed over; with its entry here taken away, it is held against the model like everything else.
 */

import type { CommandStep, Step } from './steps.ts';

interface Hole {
  readonly reason: string;
  /** A kind of finding that is passed over. */
  readonly kind?: string;
  /** Steps that are left out. */
  met?(step: Step): boolean;
}

const holes: Readonly<Record<string, Hole>> = {};

export const isOpen = (kind: string): boolean => Object.values(holes).some((hole) => hole.kind === kind);

/** True when a step, or what is to happen in its midst, meets an open hole. */
export function meetsHole(step: Step): boolean {
  const other = (step as CommandStep).fault?.other;
  const met = Object.values(holes).some((hole) => hole.met?.(step) === true);
  return met || (other !== undefined && meetsHole(other));
}
