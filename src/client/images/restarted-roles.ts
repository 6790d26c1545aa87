/**
 * Starts a role anew whose signers were removed: what they have put into it is not signed again. Docker does so without a
 * word (docker CLI 28.2.2).
 */

import { type Change, targetDeletion, witnessChange } from '../../changelist/change.ts';
import { counted, plainNames } from '../../changelist/name-list.ts';
import { isNotaryError } from '../../errors.ts';
import { compareNatural } from '../../images/natural-order.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/**
 * Publishes with roles started anew, as far as the publication cannot do without: one after the other, and only roles that
 * hold no delegations.
 *
 * @param publish gets the changes that come before all others
 * @throws what `publish` throws for any other reason
 */
export async function restartingRoles<Result>(
  { gun, log }: Pick<RepositoryPorts, 'gun' | 'log'>,
  publish: (first: (loaded: LoadedRepo) => readonly Change[]) => Promise<Result>,
): Promise<Result> {
  const roles = new Set<string>();
  let left = new Map<string, readonly string[]>();
  const first = (loaded: LoadedRepo): readonly Change[] => {
    left = new Map();
    return [...roles].flatMap((role) => {
      const file = loaded.unusable.get(role);
      if (file === undefined || file.content.delegations.roles.length > 0) return [];
      const tags = [...file.content.targets.keys()];
      left.set(role, tags);
      return [witnessChange(role), ...tags.map((tag) => targetDeletion(role, tag))];
    });
  };
  for (;;) {
    try {
      const result = await publish(first);
      for (const [role, tags] of left) warn({ gun, log }, role, tags);
      return result;
    } catch (error) {
      const role = isNotaryError(error, 'ROLE_NEEDS_WITNESS') ? error.details['role'] : undefined;
      if (typeof role !== 'string' || roles.has(role)) throw error;
      roles.add(role);
    }
  }
}

function warn(
  { gun, log }: Pick<RepositoryPorts, 'gun' | 'log'>,
  role: string,
  tags: readonly string[],
): void {
  if (tags.length === 0) return;
  const names = plainNames([...tags].sort(compareNatural));
  log.warn(
    `${role} of ${gun} was signed by a signer who is removed, and starts anew: its former ${counted(tags.length, 'tag')} ${tags.length === 1 ? 'is' : 'are'} released only when signed again: ${names}`,
    'TAGS_WOULD_VANISH',
  );
}
