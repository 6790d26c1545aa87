/** Rephrases the errors of client verbs in the words of a command. */

import { isNotaryError, NotaryError } from '../../errors.ts';

/**
 * Runs work and rephrases its failure: same code, details and hint, another message.
 *
 * @param words makes the new message from the old one
 */
export async function rephrased<Result>(
  action: () => Promise<Result> | Result,
  words: (message: string) => string,
): Promise<Result> {
  try {
    return await action();
  } catch (cause) {
    if (!isNotaryError(cause)) throw cause;
    const { code, message, details, hint } = cause;
    throw new NotaryError(code, words(message), { details, ...(hint === undefined ? {} : { hint }), cause });
  }
}
