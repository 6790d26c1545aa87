/** Retrieves passphrases from the script that uses the library. */

import { NotaryError } from '../errors.ts';
import type { PassphraseRetriever } from '../ports/prompts.ts';
import { checkText } from './check-arguments.ts';
import type { OpenOptions } from './repository.ts';

/** As messages call it. */
const option = 'the option "passphrase"';

/**
 * Asks the script. A constant passphrase is not tried twice, and a script that has none is not asked again.
 *
 * What the script itself throws reaches it unchanged.
 *
 * @param opener the function that was given the source, for messages
 */
export function askedPassphrase(
  source: OpenOptions['passphrase'],
  opener: 'openRepository' | 'openKeys' = 'openRepository',
): PassphraseRetriever {
  return async ({ alias, keyName, createNew, attempts }) => {
    const question = { role: alias, keyId: keyName, createNew, attempts };
    const constant = typeof source !== 'function';
    const passphrase = constant ? source : await source(question);
    if (passphrase !== undefined) checkText(`${opener}: the answer of passphrase`, passphrase);
    if (passphrase !== undefined && passphrase !== '') {
      return { passphrase, giveUp: constant && attempts > 0, source: option };
    }
    if (!createNew) {
      throw new NotaryError('PASSPHRASE_INVALID', `${option} of openRepository gives none for it`, {
        details: { role: alias },
      });
    }
    throw new NotaryError('ATTEMPTS_EXCEEDED', `there is no passphrase for a new ${alias} key`, {
      details: { role: alias },
      hint: `Give ${opener} the option "passphrase".`,
    });
  };
}
