/** Log messages and warnings, as ports. */

import type { ErrorCode, ErrorDetails } from '../errors.ts';

/**
 * Records for the person at the terminal, on standard error.
 *
 * A record that Notary 0.7.0 does not have carries a code, shown as a last field `code=…`.
 */
export interface Log {
  debug(message: string): void;
  info(message: string, code?: string): void;
  warn(message: string, code?: string): void;
  error(message: string, code?: ErrorCode): void;
}

/**
 * Told of something that will succeed and is perhaps not what was meant: a key to remove that is not
 * there, a delegation that can sign nothing. By default it becomes a warning with the code; with
 * `--strict` it becomes a failure, thrown from here before anything has been changed.
 *
 * @throws NotaryError with the code, when strict
 */
export type Caution = (code: ErrorCode, message: string, details?: ErrorDetails) => void;
