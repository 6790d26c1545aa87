/** Declares the ports to log messages and to warnings that `--strict` turns into errors. */

import type { ErrorCode } from '../error-codes.ts';
import type { ErrorDetails } from '../errors.ts';

/**
 * Log messages for the user at the terminal, on standard error.
 *
 * A log message that Notary 0.7.0 does not have carries a code, shown as a last field `code=…`.
 */
export interface Log {
  debug(message: string): void;
  info(message: string, code?: string): void;
  /**
   * What the original keeps to itself and a user at a terminal should know: what was made, and where it lies. Shown
   * when standard error is a terminal, elsewhere as `info`.
   */
  notice(message: string, code: string): void;
  warn(message: string, code?: string): void;
  /** @param thrown the error that ends the command says the same: Notary 0.7.0 says it twice, `--json` once */
  error(message: string, code?: ErrorCode, thrown?: 'thrown'): void;
}

/**
 * Called before a likely mistake that would succeed: a key to remove that is not there, a delegation that can sign
 * nothing. By default it becomes a warning with the code; with `--strict` it becomes a failure, thrown from here
 * before anything has been changed.
 *
 * @param warning says what is the matter and what happens all the same
 * @param refusal says it of a command that ends here with nothing done; the warning where that is true of both
 * @throws NotaryError with the code, when strict
 */
export type Caution = (code: ErrorCode, warning: string, details?: ErrorDetails, refusal?: string) => void;
