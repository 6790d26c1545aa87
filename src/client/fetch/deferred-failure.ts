/** Defers failures: turns a rejection into a value, so that parallel downloads can be checked in order. */

import { isNotaryError, NotaryError, withDetails } from '../../errors.ts';

/** The value, or the NotaryError in its place. Anything else that is thrown is a defect and stays thrown. */
export async function asResult<T>(pending: Promise<T>): Promise<T | NotaryError> {
  try {
    return await pending;
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
}

/** @throws NotaryError the one that stands in place of the value */
export function orThrow<T>(answer: T | NotaryError): T {
  if (answer instanceof NotaryError) throw answer;
  return answer;
}

/** The download of a role's file; its errors name the role. */
export async function withRole<T>(role: string, pending: Promise<T>): Promise<T> {
  try {
    return await pending;
  } catch (error) {
    throw isNotaryError(error) ? withDetails(error, { role }) : error;
  }
}
