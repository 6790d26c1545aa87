/** Words the failure of an archive that is damaged, hostile, or none. */

import { type ErrorDetails, NotaryError } from '../errors.ts';

/** @param reason what is wrong with it; the caller adds the name of the file */
export function archiveInvalid(reason: string, details: ErrorDetails = {}): NotaryError {
  return new NotaryError('ARCHIVE_INVALID', reason, { details });
}
