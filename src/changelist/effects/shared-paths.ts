/** Warns of paths that confine no key: they belong to a role, and all its keys share them. */

import { parentRole } from '../../metadata/role-name.ts';
import type { Targets } from '../../metadata/targets.ts';
import { findDelegation } from '../../metadata/targets.ts';
import { pathsAllow } from '../../tuf/path-prefixes.ts';
import { parseDelegationContent } from '../change.ts';
import { quotedNames } from '../name-list.ts';
import type { Effects } from './contents.ts';

interface Given {
  readonly paths: string[];
  keys: number;
}

/**
 * Warns of paths that were added to a role which may sign all of them already, and of keys that were added with paths to
 * a role that has wider ones: such a key may sign more than its holder was meant to.
 */
export function cautionOfSharedPaths(effects: Effects): void {
  for (const [role, { paths, keys }] of givenPaths(effects)) {
    const entry = before(effects.before.get(parentRole(role)), role);
    if (entry === undefined || entry.keyIds.length === 0) continue;
    const wider = entry.paths.filter((path) => !pathsAllow(paths, path));
    const useless = paths.every((path) => pathsAllow(entry.paths, path));
    if (wider.length === 0 || (keys === 0 && !useless)) continue;
    if (keys === 0) {
      sayUseless(effects, role, { paths, wider });
      continue;
    }
    const has = wider.includes('') ? 'every target' : `targets below ${quotedNames(wider)}`;
    const shared = `${role} may sign ${has} already, and paths belong to a role, not to a key`;
    effects.caution(
      'PATHS_SHARED',
      `${shared}: adding ${quotedNames(paths)} confines no key. Delegate to a role of its own, or remove the wider paths from this one`,
      { role, paths: paths.slice(0, 10), wider: wider.slice(0, 10) },
      `${shared}: adding ${quotedNames(paths)} would confine no key. Delegate to a role of its own, or remove the wider paths from this one first`,
    );
  }
}

/** Nothing is lost by it, and nothing gained. */
function sayUseless(
  { log }: Effects,
  role: string,
  { paths, wider }: { readonly paths: readonly string[]; readonly wider: readonly string[] },
): void {
  const covering = wider.filter((path) => paths.some((one) => one.startsWith(path)));
  const by = covering.includes('') ? 'all paths' : quotedNames(covering);
  log.warn(
    `${role} may sign ${quotedNames(paths)} already, by ${by}: adding that changes nothing`,
    'PATHS_SHARED',
  );
}

function before(parent: Targets | undefined, role: string) {
  return parent && findDelegation(parent, role);
}

/** By role, the paths that were added and not `all`, and how many keys came with them. */
function givenPaths({ changes }: Effects): ReadonlyMap<string, Given> {
  const given = new Map<string, Given>();
  for (const change of changes) {
    if (change.type !== 'delegation' || change.action !== 'create') continue;
    const { addPaths, addKeys } = parseDelegationContent(change);
    const one = given.get(change.scope) ?? { paths: [], keys: 0 };
    given.set(change.scope, one);
    for (const path of addPaths) one.paths.push(path);
    one.keys += addKeys.length;
  }
  return new Map([...given].filter(([, { paths }]) => paths.length > 0 && !paths.includes('')));
}
