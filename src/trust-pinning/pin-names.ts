/** Finds misspelt names of settings for trust pins: a pin that is misspelt pins nothing. */

import { editDistance } from '../encoding/edit-distance.ts';

/** Longer names are compared by their prefix. */
const maxName = 64;

/** Without regard to case and to what separates words. */
function letters(name: string): string {
  return name
    .slice(0, maxName)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}

/** True for a name that looks like the one that is known, or is it. */
export function resembles(name: string, known: string): boolean {
  return editDistance(letters(name), letters(known)) <= 2;
}

/** The known name that is the fewest edits away. */
export function nearestName(name: string, known: readonly [string, ...string[]]): string {
  const distance = (other: string) => editDistance(letters(name), letters(other));
  return known.reduce((best, other) => (distance(other) < distance(best) ? other : best));
}
