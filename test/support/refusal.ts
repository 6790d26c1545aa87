import { expect } from 'vitest';
import type { ErrorCode } from '../../src/error-codes.ts';
import { type ErrorDetails, isNotaryError, type NotaryError } from '../../src/errors.ts';

/** Matches the NotaryError with this code and message (the very text, or a pattern for it), and these details. */
export function refusal(code: ErrorCode, message: string | RegExp = /./, details?: ErrorDetails): Error {
  return expect.objectContaining({
    name: 'NotaryError',
    code,
    message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
    ...(details !== undefined && { details }),
  }) as Error;
}

/** The NotaryError that some work fails with, or undefined when it succeeds. Any other error is thrown on. */
export async function outcomeOf(work: Promise<unknown>): Promise<NotaryError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
}

/** The NotaryError that some work fails with; it must fail. */
export async function failureOf(work: Promise<unknown>): Promise<NotaryError> {
  const failure = await outcomeOf(work);
  if (failure === undefined) throw new Error('it did not fail');
  return failure;
}
