/** A reader who does not put up with a delegation that is left out because its file cannot be read. */

import type { ErrorCode } from '../../src/error-codes.ts';
import { type ErrorDetails, NotaryError } from '../../src/errors.ts';
import type { Actor } from './actor.ts';

/** As the person; the caution fails with the code for which the file was refused. */
export function refusingUnreadable(who: Actor): Actor {
  return {
    ...who,
    caution: (code: ErrorCode, message: string, details: ErrorDetails = {}) => {
      if (code === 'ROLE_UNREADABLE')
        throw new NotaryError(details['reason'] as ErrorCode, message, { details });
      who.caution(code, message);
    },
  };
}
