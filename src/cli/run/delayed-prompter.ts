/** Questions that have to wait for something else to be said first. */

import type { Prompter } from '../../ports/prompts.ts';

/** The same person, asked nothing before something has been waited for. */
export function delayedPrompter(prompter: Prompter, waited: () => Promise<void>): Prompter {
  const afterwards = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    await waited();
    return ask();
  };
  return {
    get interactive() {
      return prompter.interactive;
    },
    line: (text, timeout) => afterwards(() => prompter.line(text, timeout)),
    secret: (text) => afterwards(() => prompter.secret(text)),
    confirm: () => afterwards(() => prompter.confirm()),
  };
}
