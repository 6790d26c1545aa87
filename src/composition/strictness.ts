/** Decides whether a caution is a warning or, with `--strict`, an error. */

import { NotaryError } from '../errors.ts';
import type { Caution, Log } from '../ports/log.ts';

/** Warns, or throws when strict, of a command that would succeed without doing what was probably meant. */
export function cautionFor(strict: boolean, log: Log): Caution {
  return (code, message, details = {}) => {
    if (strict) throw new NotaryError(code, message, { details });
    log.warn(message, code);
  };
}
