/** Asks yes/no questions as docker does: y alone means yes, and everything else, the end of the input too, no. */

import type { CommandContext } from '../spec/command-context.ts';

/** @throws NotaryError INPUT_NEEDED with `--no-input` */
export async function answeredYes(
  { prompter, noInput }: Pick<CommandContext, 'prompter' | 'noInput'>,
  question: string,
): Promise<boolean> {
  const text = `${question} [y/N] `;
  const answer = noInput ? await prompter.ask(text) : await prompter.line(text);
  return answer?.trim().toLowerCase() === 'y';
}
