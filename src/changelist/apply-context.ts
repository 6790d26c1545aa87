/** Holds what applying a list of changes carries along from one change to the next. */

import { isNotaryError, NotaryError } from '../errors.ts';
import { parentRole } from '../metadata/role-name.ts';
import type { Caution, Log } from '../ports/log.ts';
import type { Repo } from '../tuf/repo.ts';
import { checkCanSign, type KeyFinder } from '../tuf/sign-metadata.ts';
import type { Change } from './change.ts';

export interface ApplyPorts {
  readonly keys: KeyFinder;
  readonly log: Log;
  readonly caution: Caution;
  /** Gets the failure of a change, which is passed over then. Without it the first failure ends the work. */
  refused?(error: NotaryError, change: Change): void;
}

export interface ApplyContext extends ApplyPorts {
  /** Whether a role can be signed here, asked once for a run of target changes. */
  readonly signabilityCache: Map<string, Promise<NotaryError | undefined>>;
}

/** Codes of `checkCanSign`. */
const cannotSign = [
  'NO_KEYS',
  'PASSPHRASE_INVALID',
  'ATTEMPTS_EXCEEDED',
  'INVALID_KEY',
  'FILE_UNREADABLE',
] as const;

/**
 * The reason why a role cannot be signed here, asked anew. A role that does not exist, or below one whose content
 * may not be signed again, is thrown at once.
 */
export async function signingProblem(
  repo: Repo,
  role: string,
  keys: KeyFinder,
): Promise<NotaryError | undefined> {
  const unresolved = role.includes('/') ? repo.unresolved(parentRole(role)) : undefined;
  if (unresolved !== undefined) throw unresolved;
  try {
    await checkCanSign(role, repo.signers(role), keys);
    return undefined;
  } catch (error) {
    if (isNotaryError(error, ...cannotSign)) return error;
    throw error;
  }
}

/** The error for a change of a kind that is not known. */
export function unsupported(message: string): NotaryError {
  return new NotaryError('INVALID_CHANGE', message);
}
