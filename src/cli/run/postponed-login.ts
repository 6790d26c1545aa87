/**
 * Postpones the questions for a login: `init` asks for the passphrases of new keys first, as Notary 0.7.0 does, and
 * scripts of expect rely on the order. Requests that need no login are not held up.
 */

import type { LoginQuestions, Prompter } from '../../ports/prompts.ts';

/** @returns a prompter for logins, and what has its questions wait */
export function postponableLogin(person: Prompter): {
  readonly prompter: Prompter;
  readonly questions: LoginQuestions;
} {
  let permitted: Promise<void> = Promise.resolve();
  let noteWanted = (): void => undefined;
  const afterwards = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    noteWanted();
    await permitted;
    return ask();
  };
  return {
    prompter: {
      get interactive() {
        return person.interactive;
      },
      line: (text, timeout) => afterwards(() => person.line(text, timeout)),
      secret: (text) => afterwards(() => person.secret(text)),
      ask: (question) => afterwards(() => person.ask(question)),
      confirm: (question) => afterwards(() => person.confirm(question)),
    },
    questions: {
      postpone() {
        let release = (): void => undefined;
        permitted = new Promise((resolve) => (release = resolve));
        const wanted = new Promise<void>((resolve) => (noteWanted = resolve));
        return { wanted, release: () => release() };
      },
    },
  };
}
