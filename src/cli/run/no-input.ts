/** Refuses every question (`--no-input`), and says what answers it in another way. */

import { NotaryError } from '../../errors.ts';
import type { Prompter } from '../../ports/prompts.ts';

/** Questions for a user name and a password; those for passphrases are refused before a prompter hears of them. */
function loginNeeded(): NotaryError {
  return new NotaryError(
    'INPUT_NEEDED',
    'the trust server wants a login that is not at hand, and --no-input lets none be asked for',
    {
      details: { sources: ['NOTARY_AUTH', 'DOCKER_AUTH_CONFIG', 'docker login'] },
      hint: 'Tried in this order: NOTARY_AUTH (USER:PASSWORD in base64), DOCKER_AUTH_CONFIG, what "docker login" has saved. Each of them could have answered.',
    },
  );
}

/** The error for a yes/no question. @param question as it would be shown */
export function answerNeeded(question: string): NotaryError {
  const words = question.trim().replace(/\s+/g, ' ');
  return new NotaryError(
    'INPUT_NEEDED',
    `a question is to be answered, and --no-input lets none be asked: ${words}`,
    {
      hint: 'Give -y (--yes) to answer it with yes.',
    },
  );
}

/** A prompter that asks nothing, whatever standard input is. */
export const refusingPrompter: Prompter = {
  interactive: false,
  line: () => Promise.reject(loginNeeded()),
  secret: () => Promise.reject(loginNeeded()),
  ask: (question) => Promise.reject(answerNeeded(question)),
  confirm: (question) => Promise.reject(answerNeeded(question)),
};
