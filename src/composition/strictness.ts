/** Decides whether a caution is a warning or an error. */

import type { ErrorCode } from '../error-codes.ts';
import { type ErrorDetails, NotaryError } from '../errors.ts';
import type { Caution, Log } from '../ports/log.ts';

/**
 * Which cautions are errors: none, those that a program cannot go on with, or all. A program that reads `--json` must
 * not take the removal of a misspelt role, or an export without some of the keys, for done.
 */
export type Strictness = 'none' | 'for-programs' | 'all';

const forPrograms: readonly ErrorCode[] = [
  'TARGET_NOT_THERE',
  'ROLE_NOT_THERE',
  'KEY_NOT_IN_ROLE',
  'KEY_ID_NOT_FULL',
  'KEYS_LEFT_OUT',
  'PATH_NOT_IN_ROLE',
  'CHANGE_NOT_THERE',
  'CHANGE_UNREADABLE',
];

/** Warns, or throws when strict, of a command that would succeed without doing what was probably meant. */
export function cautionFor(strictness: Strictness, log: Log): Caution {
  return (code, warning, details = {}, refusal = warning) => {
    if (strictness === 'all' || (strictness === 'for-programs' && isForPrograms(code, details)))
      throw new NotaryError(code, refusal, { details });
    log.warn(warning, code);
  };
}

/**
 * To forget here what is not here is no failure: scripts clean up like that. On a server it is a wrong name. What was
 * seen last may be out of date, and a role be there by now.
 */
function isForPrograms(code: ErrorCode, { server, seenVersion }: ErrorDetails): boolean {
  if (code === 'COLLECTION_NOT_THERE') return server !== undefined;
  return forPrograms.includes(code) && seenVersion === undefined;
}
