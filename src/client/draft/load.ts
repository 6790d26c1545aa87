/** Loads the state that a publish starts from: what the server serves, else what was initialized on this machine. */

import { isNotaryError, type NotaryError } from '../../errors.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { checkNeverPublished, loadUnpublished } from '../initialize/load-unpublished.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { checkClock } from '../sign/clock-check.ts';
import { withoutUnreadable } from '../update/unreadable-delegations.ts';
import { update } from '../update/update.ts';
import type { UpdateOptions } from '../update/update-run.ts';

/** The state that changes are applied to. */
export interface LoadedForPublishing {
  readonly repo: LoadedRepo;
  /** True when the server does not have the repository yet. */
  readonly initial: boolean;
  /** When the server's word for this state ends: RFC 3339. */
  readonly vouchedUntil?: string;
}

export interface LoadOptions extends Pick<UpdateOptions, 'acceptsExpired'> {
  /** `leave` for a caller that only looks: of its failure Notary's words on publishing are not logged. */
  readonly rotations?: 'finish' | 'leave';
}

/**
 * The published state, verified.
 *
 * @returns undefined when the server has no root of the repository; never when expired files are accepted, since what
 * was never published cannot have expired
 * @throws NotaryError every other code of `update`; CLOCK_BEHIND
 */
export async function loadPublished(
  ports: RepositoryPorts,
  { rotations = 'finish', acceptsExpired }: LoadOptions = {},
): Promise<LoadedForPublishing | undefined> {
  try {
    const loaded = await update(ports, { checkExists: true, rotations, acceptsExpired });
    const { root, snapshot, unusable, unreadable, timestamp } = loaded;
    if (timestamp !== undefined) checkClock(timestamp.content, ports);
    const targets = withoutUnreadable(loaded.targets, unreadable);
    const vouched = timestamp && { vouchedUntil: timestamp.content.expires };
    return { repo: { root, snapshot, targets, unusable, unreadable }, initial: false, ...vouched };
  } catch (error) {
    if (!isNotaryError(error) || acceptsExpired !== undefined) throw error;
    if (isAbsent(error)) return undefined;
    if (rotations === 'finish') {
      const words = `Could not publish Repository since we could not update: ${error.message}`;
      ports.log.error(words, undefined, 'thrown');
    }
    throw error;
  }
}

/**
 * The server has no root at all. A missing earlier root, or a missing root of a certain checksum, is something
 * else.
 */
function isAbsent(error: NotaryError): boolean {
  return isNotaryError(error, 'REPOSITORY_NOT_EXIST') && error.details.resource === 'root';
}

/**
 * The state that `init` has left on this machine. Call it when the server has none.
 *
 * @returns undefined when the repository was not initialized here
 * @throws NotaryError REPOSITORY_DELETED when this machine has seen the repository published; the codes of
 * `loadUnpublished`
 */
export async function loadInitialized(ports: RepositoryPorts): Promise<LoadedForPublishing | undefined> {
  await checkNeverPublished(ports);
  const repo = await loadUnpublished(ports);
  return repo && { repo, initial: true };
}
