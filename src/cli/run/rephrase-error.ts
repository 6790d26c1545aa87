/** Rephrases the errors of client verbs in the words of a command. */

import { isNotaryError, rephrased } from '../../errors.ts';

/**
 * Runs work and rephrases its failure: same code, details and hint, another message.
 *
 * @param words makes the new message from the old one
 */
export async function rephrasing<Result>(
  action: () => Promise<Result> | Result,
  words: (message: string) => string,
): Promise<Result> {
  try {
    return await action();
  } catch (cause) {
    if (!isNotaryError(cause)) throw cause;
    throw rephrased(cause, words);
  }
}
