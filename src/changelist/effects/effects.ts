/**
 * Warns of the effects of a list of changes, once all of them are applied: of what was done as asked and of which
 * readers notice nothing, and of more than was asked for. Notary 0.7.0 says nothing of them.
 */

import { parentRole } from '../../metadata/role-name.ts';
import type { Repo } from '../../tuf/repo.ts';
import type { Change } from '../change.ts';
import type { Contents, Effects } from './contents.ts';
import { cautionOfKeptKeys, cautionOfRestoredKeys } from './keys.ts';
import { cautionOfLostPaths } from './paths.ts';
import { cautionOfSharedPaths } from './shared-paths.ts';
import { cautionOfOtherRoles } from './targets.ts';

/**
 * What readers believe before the first change. A content is replaced when it changes, so that this stays as it
 * is.
 */
export function contentsOf(repo: Repo): Contents {
  return contents(repo, (role) => isBelieved(repo, role));
}

function contents(repo: Repo, includes: (role: string, dirty: boolean) => boolean): Contents {
  const drafts = [...repo.targets].filter(([role, { dirty }]) => includes(role, dirty));
  return new Map(drafts.map(([role, { content }]) => [role, content]));
}

/** Content that is not believed, nor what is below it, has a draft when it may be signed again. */
function isBelieved({ unusable }: Pick<Repo, 'unusable'>, role: string): boolean {
  if (unusable.size === 0 || role === 'targets') return true;
  return !unusable.has(role) && isBelieved({ unusable }, parentRole(role));
}

/**
 * Warns of what changes have done, or left undone, that their words do not say.
 *
 * @param before `contentsOf` the draft before the first change
 * @throws NotaryError DELEGATION_SIGNS_NOTHING, TARGETS_HIDDEN, TARGET_SHADOWED, TARGET_STILL_THERE,
 * PATHS_SHARED, PURGE_INCOMPLETE, WITNESS_RESTORES_KEYS, when strict
 */
export function cautionOfEffects(
  repo: Repo,
  before: Contents,
  changes: readonly Change[],
  { caution, log }: Pick<Effects, 'caution' | 'log'>,
): void {
  if (changes.length === 0) return;
  const effects: Effects = {
    ...{ before, changes, caution, log },
    after: contents(repo, (role, dirty) => dirty || isBelieved(repo, role)),
    unusable: new Map([
      ...[...repo.unusable].map(([role, { content }]) => [role, content] as const),
      ...contents(repo, (role, dirty) => !dirty && !isBelieved(repo, role)),
    ]),
    files: new Set(repo.snapshot.content.meta.keys()),
  };
  cautionOfLostPaths(effects);
  cautionOfSharedPaths(effects);
  cautionOfOtherRoles(effects);
  cautionOfKeptKeys(effects);
  cautionOfRestoredKeys(effects);
}
