/** Ends a command whose question was not answered with yes. */

import { NotaryError } from '../../../errors.ts';
import type { CommandContext } from '../../spec/command-context.ts';

/** For commands that can be told not to ask. */
export const yesFlag = { type: 'bool', short: 'y', extension: true } as const;

/**
 * Says that nothing was done. Notary 0.7.0 succeeds then, so that a script whose standard input is closed goes on as
 * if it were done.
 *
 * @param kept what stays as it was, as a sentence without its end
 * @throws NotaryError ABORTED for a program (`--json`), and when strict
 */
export function declined(context: CommandContext, kept: string): void {
  const message = `the question was not answered with yes: ${kept}`;
  if (context.forProgram) {
    throw new NotaryError('ABORTED', message, { hint: 'Give -y to do it without a question.' });
  }
  context.caution('ABORTED', message);
}

/**
 * The answer to a yes/no question. A program (`--json`) without a terminal is shown none, since that would stand before
 * the one line that it reads; the answer is read all the same.
 */
export async function confirmed(
  { forProgram, noInput, prompter }: CommandContext,
  question: string,
): Promise<boolean> {
  if (!forProgram || noInput || prompter.interactive) return prompter.confirm(question);
  return /^\s*(?:y|yes)\s*$/i.test((await prompter.line('')) ?? '');
}
