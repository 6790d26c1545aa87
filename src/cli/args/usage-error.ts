/** Declares the error for a command line that lacks something the command needs; the usage screen follows it. */

import { NotaryError } from '../../errors.ts';

/** For commands whose arguments are the command line of another program. */
export const missingCommand = 'Must specify a command to run, after --';

/** Shown after the usage screen of the command. */
export class UsageError extends NotaryError {
  /** @param hint as of a NotaryError, for a mistake that can be told from the arguments */
  constructor(message: string, hint?: string) {
    super('USAGE', message, { hint });
  }
}
