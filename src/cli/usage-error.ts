/** A command line that lacks something the command needs. */

import { NotaryError } from '../errors.ts';

/** Shown after the usage screen of the command. */
export class UsageError extends NotaryError {
  constructor(message: string) {
    super('USAGE', message);
  }
}
