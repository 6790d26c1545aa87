/** Warns of delegations that may sign less than before, or nothing at all. */

import { parentRole } from '../../metadata/role-name.ts';
import { pathsAllow, restrictPaths } from '../../tuf/path-prefixes.ts';
import { counted, quotedNames } from '../name-list.ts';
import type { Contents, Effects } from './contents.ts';

/** What a delegation may sign: as its parent lists it, and what the paths of those above leave of it. */
interface Paths {
  readonly own: readonly string[];
  readonly left: readonly string[];
}

/**
 * Warns of delegations that were made without paths, that have lost the last one, whose paths the parent may
 * not sign any more, and of present targets that lie outside the paths that are left.
 */
export function cautionOfLostPaths({ before, after, changes, caution }: Effects): void {
  const edits = changes.filter(({ type }) => type === 'delegation');
  if (edits.length === 0) return;
  const given = new Set(edits.filter(({ action }) => action === 'create').map(({ scope }) => scope));
  const earlier = pathsOf(before);
  for (const [role, paths] of pathsOf(after)) {
    const was = earlier.get(role);
    const hidden = hiddenTargets(after.get(role)?.targets.keys() ?? [], paths.left, (name) =>
      before.get(role)?.targets.has(name) === true ? was !== undefined && pathsAllow(was.left, name) : true,
    );
    const lost = { role, targets: hidden.slice(0, 10), count: hidden.length };
    if (paths.left.length === 0) {
      if (was?.left.length !== 0 || given.has(role))
        caution(
          'DELEGATION_SIGNS_NOTHING',
          nothingLeft(role, paths, hidden, false),
          lost,
          nothingLeft(role, paths, hidden, true),
        );
    } else if (hidden.length > 0) {
      const uncovered = `cover ${counted(hidden.length, 'target')} in it any more: ${quotedNames(hidden)}`;
      caution(
        'TARGETS_HIDDEN',
        `the paths that are left to ${role} do not ${uncovered}`,
        lost,
        `the paths that would be left to ${role} do not ${uncovered}`,
      );
    }
  }
}

function nothingLeft(role: string, { own }: Paths, hidden: readonly string[], refused: boolean): string {
  const targets = hidden.length === 0 ? '' : `: ${counted(hidden.length, 'target')}, ${quotedNames(hidden)}`;
  const none = refused ? 'no target in it would count' : 'no target in it counts';
  if (own.length > 0)
    return `none of the paths of ${role} ${refused ? 'would lie' : 'lies'} within those of ${parentRole(role)} any more, so ${none}${targets}`;
  const has = refused ? 'would have' : 'has';
  return `${role} ${has} no paths, so ${none}; add them with "delegation add" and --all-paths or --paths${targets}`;
}

function hiddenTargets(
  names: Iterable<string>,
  left: readonly string[],
  counted: (name: string) => boolean,
): readonly string[] {
  return [...names].filter((name) => !pathsAllow(left, name) && counted(name));
}

/** Every delegation that is listed where it is believed, those without a file included. */
function pathsOf(contents: Contents): ReadonlyMap<string, Paths> {
  const found = new Map<string, Paths>();
  const queue: (readonly [role: string, left: readonly string[]])[] = [['targets', ['']]];
  // The queue grows while it is read.
  for (const [role, above] of queue) {
    for (const { name, paths } of contents.get(role)?.delegations.roles ?? []) {
      if (found.has(name)) continue;
      const left = restrictPaths(above, paths);
      found.set(name, { own: paths, left });
      queue.push([name, left]);
    }
  }
  return found;
}
