/**
 * Starts a role anew whose signers were removed: what they have put into it is not signed again. Docker does so without a
 * word (docker CLI 28.2.2).
 */

import { type Change, targetDeletion, witnessChange } from '../../changelist/change.ts';
import { counted, plainNames } from '../../changelist/name-list.ts';
import { isNotaryError } from '../../errors.ts';
import { compareNatural } from '../../images/natural-order.ts';
import type { Log } from '../../ports/log.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/**
 * Publishes with roles started anew, as far as the publication cannot do without: one after the other, and only roles that
 * hold no delegations.
 *
 * @param publish gets the changes that come before all others, and ports whose log messages are shown once it is known
 * that the attempt is the last
 * @throws what `publish` throws for any other reason
 */
export async function restartingRoles<Result>(
  ports: RepositoryPorts,
  publish: (first: (loaded: LoadedRepo) => readonly Change[], own: RepositoryPorts) => Promise<Result>,
): Promise<Result> {
  const { gun, log } = ports;
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
    const held = heldLog(log);
    try {
      const result = await publish(first, { ...ports, log: held.log });
      held.release();
      for (const [role, tags] of left) warn({ gun, log }, role, tags);
      return result;
    } catch (error) {
      const role = isNotaryError(error, 'ROLE_NEEDS_WITNESS') ? error.details['role'] : undefined;
      if (typeof role !== 'string' || roles.has(role)) {
        held.release();
        throw error;
      }
      roles.add(role);
    }
  }
}

/** What is logged by an attempt that another follows is not shown: it would be errors before a success. */
function heldLog(log: Log): { readonly log: Log; readonly release: () => void } {
  const records: (() => void)[] = [];
  const later =
    <Given extends unknown[]>(write: (...given: Given) => void) =>
    (...given: Given) =>
      void records.push(() => write(...given));
  return {
    log: {
      debug: (message) => log.debug(message),
      info: later((...given) => log.info(...given)),
      notice: later((...given) => log.notice(...given)),
      warn: later((...given) => log.warn(...given)),
      error: later((...given) => log.error(...given)),
    },
    release: () => {
      for (const show of records.splice(0)) show();
    },
  };
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
