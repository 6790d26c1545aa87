/**
 * Counts how often a passphrase is asked for, and names a failure (Notary 0.7.0).
 *
 * A retriever answers with a passphrase, answers `giveUp`, or throws PASSPHRASE_INVALID when it has
 * none this time: too short, not repeated alike, no user to ask.
 */

import { isNotaryError, type NotaryError } from '../errors.ts';
import type { PassphraseAnswer, PassphraseRequest, PassphraseRetriever } from '../ports/prompts.ts';
import { attemptsExceeded, nothingTried, passphraseInvalid, type Tried } from './locked-key.ts';

const newAttempts = 12;
const openAttempts = 11;

/**
 * The passphrase for a new key. A passphrase counts even with `giveUp`, which then speaks of later ones.
 *
 * @param keyName key ID, shown in the prompt
 * @param alias role word, shown in the prompt
 * @throws NotaryError ATTEMPTS_EXCEEDED when the retriever gives up without one, or has none twelve times
 */
export async function choosePassphrase(
  retrieve: PassphraseRetriever,
  keyName: string,
  alias: string,
): Promise<string> {
  let last: NotaryError | undefined;
  for (let attempts = 0; attempts < newAttempts; attempts++) {
    try {
      const { passphrase, giveUp } = await retrieve({ keyName, alias, createNew: true, attempts });
      if (passphrase !== '') return passphrase;
      if (giveUp) break;
    } catch (error) {
      if (!isNotaryError(error, 'PASSPHRASE_INVALID')) throw error;
      last = error;
    }
  }
  throw attemptsExceeded({ alias, keyName, createNew: true }, nothingTried, last);
}

/**
 * Opens something with a passphrase, asking again while `open` throws PASSPHRASE_INVALID.
 *
 * @param keyName key ID, or empty when it is not known yet
 * @param elsewhere true for a key that was protected elsewhere
 * @throws NotaryError PASSPHRASE_INVALID when the retriever gives up, ATTEMPTS_EXCEEDED when it never
 * does, both with what was tried; and whatever else `open` throws
 */
export async function openWithPassphrase<Opened>(
  retrieve: PassphraseRetriever,
  keyName: string,
  alias: string,
  open: (passphrase: string) => Opened,
  elsewhere = false,
): Promise<Opened> {
  const request = { keyName, alias, createNew: false, ...(elsewhere && { elsewhere }) };
  const tried: Trials = { sources: new Set(), passedOver: [] };
  for (let attempts = 0; attempts < openAttempts; attempts++) {
    const passphrase = await nextPassphrase(retrieve, { ...request, attempts }, tried);
    try {
      return open(passphrase);
    } catch (error) {
      if (!isNotaryError(error, 'PASSPHRASE_INVALID')) throw error;
    }
  }
  throw attemptsExceeded(request, tried);
}

/**
 * The passphrase for a key that is at hand without a question to the user; undefined when there is none.
 *
 * @param keyName key ID
 * @param alias role word
 * @param unasked whether the passphrase command may run
 */
export async function unaskedPassphrase(
  retrieve: PassphraseRetriever,
  keyName: string,
  alias: string,
  unasked: NonNullable<PassphraseRequest['unasked']> = true,
): Promise<PassphraseAnswer | undefined> {
  try {
    return await retrieve({ keyName, alias, createNew: false, attempts: 0, unasked });
  } catch (error) {
    if (isNotaryError(error, 'PASSPHRASE_INVALID')) return undefined;
    throw error;
  }
}

interface Trials extends Tried {
  readonly sources: Set<string>;
  passedOver: readonly string[];
}

async function nextPassphrase(
  retrieve: PassphraseRetriever,
  request: PassphraseRequest,
  tried: Trials,
): Promise<string> {
  try {
    const { passphrase, giveUp, source, passedOver = [] } = await retrieve(request);
    if (source !== undefined) tried.sources.add(source);
    tried.passedOver = passedOver;
    if (!giveUp) return passphrase;
  } catch (cause) {
    if (!isNotaryError(cause, 'PASSPHRASE_INVALID')) throw cause;
    throw passphraseInvalid(request, tried, cause);
  }
  throw passphraseInvalid(request, tried);
}
