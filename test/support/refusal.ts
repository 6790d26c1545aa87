import { expect } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';

/** Matches the NotaryError with this code and message: the very text, or a pattern for it. */
export function refusal(code: ErrorCode, message: string | RegExp = /./): Error {
  return expect.objectContaining({
    name: 'NotaryError',
    code,
    message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
  }) as Error;
}
