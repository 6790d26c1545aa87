/** Delays questions until the messages that precede them have been logged. */

import type { Prompter } from '../../ports/prompts.ts';

/** A prompter that waits for `ready` before it asks. */
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
    ask: (question) => afterwards(() => prompter.ask(question)),
    confirm: (question) => afterwards(() => prompter.confirm(question)),
  };
}
