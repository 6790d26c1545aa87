import { expect } from 'vitest';
import type { ErrorCode, ErrorDetails } from '../../src/errors.ts';

/** Matches the NotaryError with this code and message (the very text, or a pattern for it), and these details. */
export function refusal(code: ErrorCode, message: string | RegExp = /./, details?: ErrorDetails): Error {
  return expect.objectContaining({
    name: 'NotaryError',
    code,
    message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
    ...(details !== undefined && { details }),
  }) as Error;
}
