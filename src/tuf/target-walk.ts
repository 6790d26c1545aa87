/**
 * Walks the roles in the order in which they are asked for targets, and decides which of their targets count (Notary
 * 0.7.0; TUF 5.6.7).
 */

import type { FileMeta } from '../metadata/file-meta.ts';
import { parentRole } from '../metadata/role-name.ts';
import { findDelegation, type Targets } from '../metadata/targets.ts';
import { effectivePaths, pathsAllow, restrictPaths } from './path-prefixes.ts';

/** A role on the way, with the path prefixes that are left to it. */
export interface RoleVisit {
  readonly role: string;
  readonly content: Targets;
  readonly paths: readonly string[];
}

export interface TargetWithRole {
  readonly name: string;
  readonly meta: FileMeta;
  readonly role: string;
}

/**
 * Visits a role and everything below it, breadth first, children in the order of their parent's list.
 * A role without usable metadata is passed over, and so is what is below it.
 *
 * @param skip roles that are not entered (their subtrees neither)
 */
export function* walkRoles(
  targets: ReadonlyMap<string, Targets>,
  start: string,
  skip: ReadonlySet<string> = new Set(),
): Generator<RoleVisit> {
  const listedPaths = (role: string) => {
    const parent = targets.get(parentRole(role));
    return parent && findDelegation(parent, role)?.paths;
  };
  const queue: { role: string; paths: readonly string[] }[] = [
    { role: start, paths: effectivePaths(start, listedPaths) },
  ];
  for (const next of queue) {
    const content = targets.get(next.role);
    if (content === undefined) continue;
    yield { role: next.role, content, paths: next.paths };
    for (const child of content.delegations.roles) {
      if (skip.has(child.name)) continue;
      queue.push({ role: child.name, paths: restrictPaths(next.paths, child.paths) });
    }
  }
}

/**
 * All targets of the listed roles and their subtrees; a name counts where it is met first.
 * While one listed role is walked, the other listed roles are left out of its subtree.
 *
 * @param roles in order of precedence; empty means `targets`
 */
export function collectTargets(
  targets: ReadonlyMap<string, Targets>,
  roles: readonly string[],
): readonly TargetWithRole[] {
  const starts = roles.length === 0 ? ['targets'] : roles;
  const found: TargetWithRole[] = [];
  const seen = new Set<string>();
  // A role is never met below itself, so that all of them can be left out.
  const listed = new Set(starts);
  const visits = starts.flatMap((start) => [...walkRoles(targets, start, listed)]);
  for (const [index, { role, content, paths }] of visits.entries()) {
    for (const [name, meta] of content.targets) {
      if (seen.has(name) || !pathsAllow(paths, name)) continue;
      found.push({ name, meta, role });
      // No role comes after the last one, which often has the most targets.
      if (index < visits.length - 1) seen.add(name);
    }
  }
  return found;
}

/** The target of a name where it is met first, starting from `targets`; undefined when no role signed it. */
export function searchTarget(
  targets: ReadonlyMap<string, Targets>,
  name: string,
): TargetWithRole | undefined {
  for (const { role, content, paths } of walkRoles(targets, 'targets')) {
    const meta = content.targets.get(name);
    if (meta !== undefined && pathsAllow(paths, name)) return { name, meta, role };
  }
  return undefined;
}
