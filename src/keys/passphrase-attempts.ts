/**
 * Counts how often a passphrase is asked for, and names a failure (Notary 0.7.0).
 *
 * A retriever answers with a passphrase, answers `giveUp`, or throws PASSPHRASE_INVALID when it has
 * none this time: too short, not repeated alike, no user to ask.
 */

import { isNotaryError, NotaryError } from '../errors.ts';
import type { PassphraseRequest, PassphraseRetriever } from '../ports/prompts.ts';

const newAttempts = 12;
const openAttempts = 11;

function attemptsExceeded(): NotaryError {
  return new NotaryError('ATTEMPTS_EXCEEDED', 'maximum number of passphrase attempts exceeded');
}

function passphraseInvalid(cause?: unknown): NotaryError {
  return new NotaryError('PASSPHRASE_INVALID', 'password invalid, operation has failed.', { cause });
}

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
  for (let attempts = 0; attempts < newAttempts; attempts++) {
    try {
      const { passphrase, giveUp } = await retrieve({ keyName, alias, createNew: true, attempts });
      if (passphrase !== '') return passphrase;
      if (giveUp) break;
    } catch (error) {
      if (!isNotaryError(error, 'PASSPHRASE_INVALID')) throw error;
    }
  }
  throw attemptsExceeded();
}

/**
 * Opens something with a passphrase, asking again while `open` throws PASSPHRASE_INVALID.
 *
 * @param keyName key ID, or empty when it is not known yet
 * @param elsewhere true for a key that was protected elsewhere
 * @throws NotaryError PASSPHRASE_INVALID when the retriever gives up, ATTEMPTS_EXCEEDED when it never
 * does, and whatever else `open` throws
 */
export async function openWithPassphrase<Opened>(
  retrieve: PassphraseRetriever,
  keyName: string,
  alias: string,
  open: (passphrase: string) => Opened,
  elsewhere = false,
): Promise<Opened> {
  const request = { keyName, alias, createNew: false, ...(elsewhere && { elsewhere }) };
  for (let attempts = 0; attempts < openAttempts; attempts++) {
    const passphrase = await nextPassphrase(retrieve, { ...request, attempts });
    try {
      return open(passphrase);
    } catch (error) {
      if (!isNotaryError(error, 'PASSPHRASE_INVALID')) throw error;
    }
  }
  throw attemptsExceeded();
}

async function nextPassphrase(retrieve: PassphraseRetriever, request: PassphraseRequest): Promise<string> {
  try {
    const { passphrase, giveUp } = await retrieve(request);
    if (!giveUp) return passphrase;
  } catch (cause) {
    if (!isNotaryError(cause, 'PASSPHRASE_INVALID')) throw cause;
    throw passphraseInvalid(cause);
  }
  throw passphraseInvalid();
}
