/**
 * Refuses the cache as a stand-in for the server: a command that must know what is published fails where the server
 * cannot be asked.
 */

import { NotaryError } from '../../errors.ts';
import type { Caution } from '../../ports/log.ts';

/** The codes of a server that could not be asked, so that the cache would stand in. */
const unasked = ['OFFLINE', 'NETWORK', 'SERVER_UNAVAILABLE', 'UNAUTHORIZED', 'METADATA_NOT_FOUND'];

/** The same cautions, and a failure where the cache stands in for the server. */
export function refusingCache(caution: Caution): Caution {
  return (code, warning, details = {}, refusal = warning) => {
    if (unasked.includes(code)) throw new NotaryError(code, refusal, { details });
    caution(code, warning, details, refusal);
  };
}
