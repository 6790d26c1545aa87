/** Asks yes/no questions as docker does: only y counts as yes (docker CLI 28.2.2). */

import { NotaryError } from '../../errors.ts';
import type { CommandContext } from '../spec/command-context.ts';

/**
 * True for y and Y. The end of the input means no.
 *
 * @param without the flag that does it without a question
 * @throws NotaryError INPUT_NEEDED with `--no-input`; ABORTED when strict and for a program (`--json`), if the answer is not y
 */
export async function agreed(
  context: Pick<CommandContext, 'forProgram' | 'noInput' | 'prompter' | 'caution'>,
  question: string,
  without: string,
): Promise<boolean> {
  const { forProgram, noInput, prompter, caution } = context;
  const hint = `Give ${without} to do it without a question.`;
  if (noInput)
    throw new NotaryError(
      'INPUT_NEEDED',
      `a question is to be answered, and --no-input lets none be asked: ${question}`,
      { hint },
    );
  // A program is shown no question: that would stand before the one line that it reads.
  const isShown = !forProgram || prompter.interactive;
  const answer = isShown ? await prompter.ask(`${question} [y/N] `) : await prompter.line('');
  const isYes = /^\s*y\s*$/i.test(answer ?? '');
  // To docker a no is a success without a word: a program would take it for done.
  if (!isYes && forProgram)
    throw new NotaryError('ABORTED', `the question was not answered with y: ${question}`, { hint });
  if (!isYes) caution('ABORTED', 'the question was not answered with y: nothing was changed');
  return isYes;
}
