/**
 * Declares the one error type of the program.
 *
 * The message is what Notary 0.7.0 prints where Notary has a message; the hint says what to do next and is shown apart
 * from it.
 */

import type { ErrorCode } from './error-codes.ts';

/** What an error is about: plain values that a machine may read (GUN, role, key ID, version, file). */
export type ErrorDetails = Readonly<
  Record<string, string | number | boolean | readonly string[] | readonly Readonly<Record<string, string>>[]>
>;

/** Details that decide how the program goes on, by code; every other detail is for reading only. */
interface SteeringDetails {
  /** Which file the server does not have: `root`, `3.root`. */
  readonly METADATA_NOT_FOUND: { readonly resource?: string };
  readonly REPOSITORY_NOT_EXIST: { readonly resource?: string };
  /** The server's own code, such as `VERSION`. */
  readonly INVALID_OPERATION: { readonly serverCode?: string };
  /** True when there is no such file, and it is not merely closed. */
  readonly FILE_UNREADABLE: { readonly missing?: boolean };
  /** `unfit` when the key is here and for something else; `unreadable`: why its file cannot be used. */
  readonly KEY_NOT_FOUND: { readonly unfit?: boolean; readonly unreadable?: ErrorCode };
  /** The repository that the key serves already. */
  readonly KEY_EXISTS: { readonly gun?: string };
  /** Keys found, the IDs of those that were not, and how many of these are here: for something else, or unreadable. */
  readonly INSUFFICIENT_SIGNATURES: {
    readonly found?: number;
    readonly keys?: readonly string[];
    readonly unfit?: number;
    readonly unreadable?: number;
  };
  /** The code of what the look at the server ran into. */
  readonly PUBLISH_UNVERIFIED: { readonly reason?: ErrorCode };
}

/** The details of an error of a code. */
export type DetailsOf<Code extends ErrorCode> = ErrorDetails &
  (Code extends keyof SteeringDetails ? SteeringDetails[Code] : unknown);

/** An error that is known to have one of the codes. */
export type ErrorOf<Code extends ErrorCode> = NotaryError & {
  readonly code: Code;
  readonly details: DetailsOf<Code>;
};

export interface ErrorOptions {
  readonly details?: ErrorDetails;
  /** One sentence: what the user can do now. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An expected failure. Anything thrown that is not a NotaryError is a defect of this program. */
export class NotaryError extends Error {
  static {
    // Bundling shortens names of classes; stack traces and inspection show these.
    Object.defineProperty(this, 'name', { value: 'NotaryError' });
    Object.defineProperty(this.prototype, 'name', {
      value: 'NotaryError',
      writable: true,
      configurable: true,
    });
  }

  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.hint = options.hint;
  }
}

/** True when the value is a NotaryError with one of the codes (any code when none is given). */
export function isNotaryError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is [ErrorCode] extends [Code] ? NotaryError : ErrorOf<Code> {
  const wanted: readonly ErrorCode[] = codes;
  return error instanceof NotaryError && (codes.length === 0 || wanted.includes(error.code));
}

/** The error with details that it does not have yet; what it says already stays. */
export function withDetails(error: NotaryError, details: ErrorDetails): NotaryError {
  const { code, message, hint } = error;
  return new NotaryError(code, message, { details: { ...details, ...error.details }, hint, cause: error });
}

export interface Rephrasing {
  readonly code?: ErrorCode;
  /** Besides those that are there; of the same name, these count. */
  readonly details?: ErrorDetails;
  /** In place of the one that is there. */
  readonly hint?: string | undefined;
}

/**
 * The error in other words, with what was known of it.
 *
 * @param words makes the new message from the old one
 */
export function rephrased(
  error: NotaryError,
  words: (message: string) => string,
  { code = error.code, details, hint = error.hint }: Rephrasing = {},
): NotaryError {
  return new NotaryError(code, words(error.message), {
    details: { ...error.details, ...details },
    hint,
    cause: error,
  });
}

/** For an error whose message stays. */
export function sameWords(message: string): string {
  return message;
}
