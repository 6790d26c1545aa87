/** Warns of targets of which readers get something else, since another role lists the same name. */

import { canonicalJson } from '../../encoding/canonical-json.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import { dockersRole } from '../../metadata/role-name.ts';
import { pathsAllow } from '../../tuf/path-prefixes.ts';
import { type RoleVisit, type TargetWithRole, walkRoles } from '../../tuf/target-walk.ts';
import { counted, quotedNames } from '../name-list.ts';
import type { Contents, Effects } from './contents.ts';

/** A target of a change that holds to the end: the role that it was for and its name. */
type Staged = readonly [role: string, name: string];
type Winners = ReadonlyMap<string, TargetWithRole>;

/**
 * Warns of names that were added while readers go on to find other content under them, and of names that were
 * removed and are still found. Linear in what is staged and what the roles list together.
 */
export function cautionOfOtherRoles(effects: Effects): void {
  const { after, caution } = effects;
  const added = unique(effects, 'create', ([role, name]) => holds(after, role, name));
  const removed = unique(
    effects,
    'delete',
    ([role, name]) => holds(effects.before, role, name) && !holds(after, role, name),
  );
  const names = new Set([...added, ...removed].map(([, name]) => name));
  if (names.size === 0) return;
  const usual = winners(walkRoles(after, 'targets'), names);
  const shadowed = new Set<Staged>();
  const shadows = (found: Winners) =>
    grouped(added, (staged) => {
      const winner = found.get(staged[1]);
      if (winner === undefined || shadowed.has(staged) || !isOther(after, staged, winner)) return undefined;
      shadowed.add(staged);
      return winner.role;
    });
  const warn = (groups: Groups, readers: string) => {
    for (const [role, by, list] of groups) {
      const other = `${by} lists other content than ${role} for ${counted(list.length, 'target')}`;
      caution(
        'TARGET_SHADOWED',
        `${other} added to ${role}: ${quotedNames(list)}; ${readers} go on to find what ${by} lists`,
        { role, by, targets: list.slice(0, 10), count: list.length },
        `${other} to be added to ${role}: ${quotedNames(list)}; ${readers} would go on to find what ${by} lists`,
      );
    }
  };
  warn(shadows(usual), '"list" and "lookup"');
  if (after.has(dockersRole)) warn(shadows(winners(dockersWalk(after), names)), 'users of docker');
  const left = grouped(removed, ([, name]) => usual.get(name)?.role);
  for (const [role, by, list] of left) {
    const found = counted(list.length, 'target');
    const since = `since ${by} lists the name, too: ${quotedNames(list)}`;
    caution(
      'TARGET_STILL_THERE',
      `readers still find ${found} removed from ${role}, ${since}`,
      { role, by, targets: list.slice(0, 10), count: list.length },
      `readers would still find ${found} to be removed from ${role}, ${since}`,
    );
  }
}

function holds(contents: Contents, role: string, name: string): boolean {
  return contents.get(role)?.targets.has(name) ?? false;
}

/** Changes of targets that still show, each role and name once. */
function unique({ changes }: Effects, action: string, shows: (staged: Staged) => boolean): readonly Staged[] {
  const seen = new Map<string, Set<string>>();
  const staged: Staged[] = [];
  for (const { type, action: does, scope, path } of changes) {
    if (type !== 'target' || does !== action || !shows([scope, path])) continue;
    const names = seen.get(scope) ?? new Set<string>();
    seen.set(scope, names);
    if (!names.has(path)) staged.push([scope, path]);
    names.add(path);
  }
  return staged;
}

/** Of these names, the target that is met first. */
function winners(visits: Iterable<RoleVisit>, names: ReadonlySet<string>): Winners {
  const found = new Map<string, TargetWithRole>();
  for (const { role, content, paths } of visits) {
    const few = content.targets.size < names.size ? content.targets.keys() : names;
    for (const name of few) {
      const meta = content.targets.get(name);
      if (meta === undefined || !names.has(name) || found.has(name) || !pathsAllow(paths, name)) continue;
      found.set(name, { name, meta, role });
    }
  }
  return found;
}

function* dockersWalk(contents: Contents): Generator<RoleVisit> {
  yield* walkRoles(contents, dockersRole);
  yield* walkRoles(contents, 'targets', new Set([dockersRole]));
}

function isOther(after: Contents, [role, name]: Staged, winner: TargetWithRole): boolean {
  const meta = after.get(role)?.targets.get(name);
  return winner.role !== role && meta !== undefined && !sameContent(meta, winner.meta);
}

/** One of them may record fewer digests than the other. */
function sameContent(one: FileMeta, other: FileMeta): boolean {
  const common = [...one.hashes].filter(([algorithm]) => other.hashes.has(algorithm));
  return (
    one.length === other.length &&
    common.length > 0 &&
    common.every(([algorithm, hash]) => other.hashes.get(algorithm) === hash) &&
    canonicalJson(one.custom ?? null) === canonicalJson(other.custom ?? null)
  );
}

type Groups = readonly (readonly [role: string, by: string, names: readonly string[]])[];

/** Staged targets by the role they were for and the role that answers for them, in the order of the changes. */
function grouped(staged: readonly Staged[], answers: (one: Staged) => string | undefined): Groups {
  const groups = new Map<string, readonly [string, string, string[]]>();
  for (const one of staged) {
    const by = answers(one);
    if (by === undefined) continue;
    const key = `${one[0]} ${by}`;
    const group = groups.get(key) ?? ([one[0], by, []] as const);
    group[2].push(one[1]);
    groups.set(key, group);
  }
  return [...groups.values()];
}
