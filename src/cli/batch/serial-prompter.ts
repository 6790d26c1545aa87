/** Queues the questions of commands that run concurrently, so that the user sees one at a time. */

import { isNotaryError, type NotaryError } from '../../errors.ts';
import type { Prompter } from '../../ports/prompts.ts';

/** The same prompter; a question waits for the answers to the ones before, and an interrupt ends all of them. */
export function oneQuestionAtATime(person: Prompter): Prompter {
  let last: Promise<unknown> = Promise.resolve();
  let interrupted: NotaryError | undefined;
  const inTurn = <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    const answer = last.then(async () => {
      if (interrupted !== undefined) throw interrupted;
      try {
        return await ask();
      } catch (error) {
        if (isNotaryError(error, 'INTERRUPTED')) interrupted = error;
        throw error;
      }
    });
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    get interactive() {
      return person.interactive;
    },
    line: (text, timeout) => inTurn(() => person.line(text, timeout)),
    secret: (text) => inTurn(() => person.secret(text)),
    ask: (question) => inTurn(() => person.ask(question)),
    confirm: (question) => inTurn(() => person.confirm(question)),
  };
}
