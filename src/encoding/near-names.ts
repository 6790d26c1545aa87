/** Finds near names: those that a misspelt one may have been meant to be. */

import { editDistance } from './edit-distance.ts';

const maxDistance = 2;
const maxNames = 3;
/** Names of files and roles are no longer; comparing takes time that grows with the square of it. */
const maxLength = 255;
const maxCompared = 1000;

/** The known names at most two letters away from a name that is none of them, the nearest first. */
export function nearNames(name: string, known: Iterable<string>): readonly string[] {
  if (name.length > maxLength) return [];
  const near: { readonly name: string; readonly distance: number }[] = [];
  let compared = 0;
  for (const other of known) {
    if (other === name) return [];
    if (Math.abs(other.length - name.length) > maxDistance || compared++ >= maxCompared) continue;
    const distance = editDistance(name, other);
    if (distance <= maxDistance) near.push({ name: other, distance });
  }
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, maxNames)
    .map((one) => one.name);
}

/**
 * Those of the known names that differ from a new one by one letter, or by two that changed places. Names that differ in
 * digits alone, `app1` and `app2`, are meant to.
 */
export function oneLetterAway(name: string, known: Iterable<string>): readonly string[] {
  const letters = (text: string) => Array.from(text).sort().join('');
  const withoutDigits = (text: string) => text.replace(/[0-9]/g, '');
  const base = withoutDigits(name);
  // Left out before they are compared: a repository may have a role for each of hundreds of machines.
  const compared = function* (): Iterable<string> {
    for (const other of known) if (other === name || withoutDigits(other) !== base) yield other;
  };
  return nearNames(name, compared()).filter(
    (other) => editDistance(name, other) === 1 || letters(other) === letters(name),
  );
}

/** `; did you mean "a" or "b"?`, or nothing. */
export function didYouMean(near: readonly string[]): string {
  return near.length === 0 ? '' : `; did you mean ${near.map((name) => JSON.stringify(name)).join(' or ')}?`;
}
