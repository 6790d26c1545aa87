/** Finds the targets that readers lose by a revocation, and moves them to `targets`. */

import { type Change, targetCreation } from '../../changelist/change.ts';
import { NotaryError } from '../../errors.ts';
import { type FileMeta, sameFileMeta } from '../../metadata/file-meta.ts';
import { dockersRole } from '../../metadata/role-name.ts';
import { hasSame, lostTargets } from '../../review/judge.ts';
import { type RepositoryState, visibleTargets } from '../../review/state.ts';
import { type Refuse, refuseAtOnce } from './planned-roles.ts';

/** Targets that readers of a role would not find any more. */
export interface LostTargets {
  readonly role: string;
  /** All of them, by name. */
  readonly targets: ReadonlyMap<string, FileMeta>;
  /** Those that no other role has with the same content. */
  readonly only: readonly string[];
}

/** By role, what readers find before and not after. */
export function lostOf(before: RepositoryState, after: RepositoryState): readonly LostTargets[] {
  const seen = visibleTargets(before);
  const left = visibleTargets(after);
  return lostTargets(seen, left, new Map()).map(({ role, targets }) => {
    const metas = new Map<string, FileMeta>();
    for (const name of targets) {
      const meta = seen.get(role)?.get(name);
      if (meta !== undefined) metas.set(name, meta);
    }
    const others = role === dockersRole ? targetsAlone(left) : left;
    const only = [...metas].filter(([name, meta]) => !hasSame(others, name, meta)).map(([name]) => name);
    return { role, targets: metas, only };
  });
}

function targetsAlone(
  roles: ReadonlyMap<string, ReadonlyMap<string, FileMeta>>,
): ReadonlyMap<string, ReadonlyMap<string, FileMeta>> {
  return new Map([...roles].filter(([role]) => role === 'targets'));
}

/** Changes that have `targets` sign what would be lost. It refuses with TARGETS_CONFLICT. */
export function keptTargets(
  gun: string,
  { roles }: RepositoryState,
  lost: readonly LostTargets[],
  refuse: Refuse = refuseAtOnce,
): readonly Change[] {
  const own = roles.get('targets')?.file?.content.targets ?? new Map<string, FileMeta>();
  const kept = new Map<string, FileMeta>();
  const conflicts: string[] = [];
  for (const { targets, only } of lost) {
    for (const name of only) {
      const meta = targets.get(name);
      if (meta === undefined) continue;
      const present = own.get(name) ?? kept.get(name);
      if (present === undefined) kept.set(name, meta);
      else if (!sameFileMeta(present, meta)) conflicts.push(name);
    }
  }
  if (conflicts.length > 0) {
    const conflict = new NotaryError(
      'TARGETS_CONFLICT',
      `targets of ${gun} cannot keep ${conflicts.length === 1 ? 'a tag' : `${conflicts.length} tags`} that it would have with other content: ${conflicts.slice(0, 5).join(', ')}`,
      {
        details: { gun, targets: conflicts },
        hint: 'Nothing was changed. Say which content is right first, with "add" or "remove", or sign the role again with --sign-with.',
      },
    );
    refuse(conflict);
  }
  return [...kept].map(([name, meta]) => targetCreation('targets', name, meta));
}
