/** Decides which names a list of path prefixes allows (Notary 0.7.0: plain prefixes, no wildcards). */

import { parentRole } from '../metadata/role-name.ts';

/** Up to so many prefixes are looked through one by one. */
const shortList = 16;

/** Of longer lists: in order, without those that another one is a prefix of. */
const ordered = new WeakMap<readonly string[], readonly string[]>();

/** Those of `targets`: it may sign everything. */
const everything: readonly string[] = [''];
const nothing: readonly string[] = [];

/**
 * The path prefixes that a role really may sign: its own, cut down by every ancestor's.
 *
 * @param pathsOf the prefixes that a delegation is listed with; undefined when it is not listed
 * @param restrict what cuts them down
 */
export function effectivePaths(
  role: string,
  pathsOf: (role: string) => readonly string[] | undefined,
  restrict = restrictPaths,
): readonly string[] {
  if (role === 'targets') return everything;
  const own = pathsOf(role);
  if (own === undefined) return nothing;
  return restrict(effectivePaths(parentRole(role), pathsOf, restrict), own);
}

/** Of a child's paths, those that lie within one of the parent's. */
export function restrictPaths(parent: readonly string[], child: readonly string[]): readonly string[] {
  return child.filter((path) => pathsAllow(parent, path));
}

/** True when a target name starts with one of the paths. */
export function pathsAllow(paths: readonly string[], name: string): boolean {
  if (paths.length <= shortList) return paths.some((path) => name.startsWith(path));
  const prefixes = orderedPrefixes(paths);
  // Whatever stands between a prefix of the name and the name starts with that prefix, and no other is in the list.
  const nearest = prefixes[countUpTo(prefixes, name) - 1];
  return nearest !== undefined && name.startsWith(nearest);
}

function orderedPrefixes(paths: readonly string[]): readonly string[] {
  let known = ordered.get(paths);
  if (known === undefined) {
    const shortest: string[] = [];
    for (const path of [...paths].sort(compareUnits)) {
      const last = shortest.at(-1);
      if (last === undefined || !path.startsWith(last)) shortest.push(path);
    }
    known = shortest;
    ordered.set(paths, known);
  }
  return known;
}

function compareUnits(left: string, right: string): number {
  return left < right ? -1 : left === right ? 0 : 1;
}

/** How many of the ordered texts are not behind this one. */
function countUpTo(texts: readonly string[], text: string): number {
  let low = 0;
  let high = texts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((texts[middle] ?? '') <= text) low = middle + 1;
    else high = middle;
  }
  return low;
}
