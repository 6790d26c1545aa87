/**
 * Retrieves passphrases as docker does (docker CLI 28.2.2): from its two variables, at the terminal, and from a pipe, one a
 * line. Notary's variables are not read; those of single keys, the file and the command of tsnotary are.
 */

import { NotaryError } from '../../errors.ts';
import type { PassphraseRequest, PassphraseRetriever, Prompter } from '../../ports/prompts.ts';
import type { PassphraseSources } from '../passphrases/sources.ts';
import { type PassphraseVariables, variableOfDocker } from '../passphrases/variables.ts';
import { passphraseRetriever, type RetrieverOptions } from '../run/passphrases.ts';

/** The variables of single keys alone. */
export function variablesOfKeys(variables: PassphraseVariables): PassphraseVariables {
  return new Map([...variables].filter(([name]) => name.startsWith('NOTARY_PASSPHRASE_')));
}

/** Docker's variable of the role comes first; it is tried twice, and where it is wrong the user is not asked. */
export function dockerSources(variables: PassphraseVariables, others: PassphraseSources): PassphraseSources {
  return {
    async find(wanted) {
      const name = variableOfDocker(wanted.alias);
      const value = variables.get(name) ?? '';
      if (value !== '')
        return { found: { passphrase: value, source: { name, kind: 'role' } }, passedOver: [] };
      const search = await others.find(wanted);
      const passedOver = { name, why: variables.has(name) ? 'empty' : 'not set' };
      // Signers' keys have the same variable of docker among the others.
      const rest = search.passedOver.filter((other) => other.name !== name);
      return { ...search, passedOver: [passedOver, ...rest] };
    },
  };
}

/** Asks with docker's words for keys, also where standard input is no terminal. */
export function dockerRetriever(
  sources: PassphraseSources,
  options: RetrieverOptions & Required<Pick<RetrieverOptions, 'answers'>>,
): PassphraseRetriever {
  const of = (alias: string): PassphraseRetriever => {
    const prompter = fromAnyInput(options.prompter, variableOfDocker(alias));
    return passphraseRetriever(sources, { ...options, prompter });
  };
  const [root, others] = [of('root'), of('targets')];
  return (request) => (request.alias === 'root' ? root : others)({ ...request, ...shownAs(request) });
}

/** Docker calls every key of a repository that is no signer's by one name. */
function shownAs({ alias }: PassphraseRequest): Pick<PassphraseRequest, 'alias'> {
  return { alias: alias === 'targets' || alias === 'snapshot' ? 'repository' : alias };
}

/**
 * At the end of the input there is no use in asking again: not for the next attempt, and not for another key.
 *
 * @param variable docker's for the key
 */
function fromAnyInput(prompter: Prompter, variable: string): Prompter {
  let hasEnded = false;
  return {
    ...prompter,
    interactive: true,
    secret: async (text) => {
      const answer = hasEnded ? undefined : await prompter.secret(text);
      if (answer !== undefined) return answer;
      hasEnded = true;
      throw new NotaryError('ATTEMPTS_EXCEEDED', 'maximum number of passphrase attempts exceeded', {
        hint: `Standard input has ended. Set ${variable}, give --passphrase-file, or run this at a terminal.`,
      });
    },
  };
}
