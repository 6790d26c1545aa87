/**
 * Makes the errors for a key that is here and locked, and for a new key without a passphrase: what was tried, never
 * what it contained. Messages are those of Notary 0.7.0, which says no more.
 */

import { type ErrorDetails, NotaryError } from '../errors.ts';
import type { PassphraseRequest } from '../ports/prompts.ts';

/** What was tried for one key. */
export interface Tried {
  /** Sources of passphrases that do not open the key, in order. */
  readonly sources: ReadonlySet<string>;
  /** Sources before them that had none: `NAME (not set)`. */
  readonly passedOver: readonly string[];
}

export const nothingTried: Tried = { sources: new Set(), passedOver: [] };

type About = Pick<PassphraseRequest, 'alias' | 'keyName' | 'createNew'>;

/**
 * The error for a key whose passphrase is wrong or missing.
 *
 * @param missing why there was none this time
 * @returns PASSPHRASE_INVALID
 */
export function passphraseInvalid(about: About, tried: Tried, missing?: NotaryError): NotaryError {
  return new NotaryError('PASSPHRASE_INVALID', 'password invalid, operation has failed.', {
    ...explained(about, tried, missing),
    cause: missing,
  });
}

/**
 * The error for a passphrase that was asked for too often.
 *
 * @returns ATTEMPTS_EXCEEDED
 */
export function attemptsExceeded(about: About, tried: Tried, missing?: NotaryError): NotaryError {
  return new NotaryError('ATTEMPTS_EXCEEDED', 'maximum number of passphrase attempts exceeded', {
    ...explained(about, tried, missing),
    ...(missing && { cause: missing }),
  });
}

function explained(
  { alias, keyName, createNew }: About,
  tried: Tried,
  missing: NotaryError | undefined,
): { readonly details: ErrorDetails; readonly hint: string } {
  const sources = [...tried.sources];
  const details = {
    ...missing?.details,
    ...(keyName !== '' && { key: keyName }),
    role: alias,
    ...(sources.length > 0 && { tried: sources }),
  };
  const reasons = sources.map(whyLocked);
  if (missing !== undefined) reasons.push(missing.message);
  const reason = reasons.length === 0 ? 'no passphrase was given' : reasons.join('; ');
  const isTyped = sources.includes('prompt');
  const before =
    isTyped || tried.passedOver.length === 0 ? '' : ` Tried before it: ${tried.passedOver.join(', ')}.`;
  return {
    details,
    hint: `${subject(alias, keyName, createNew)}: ${reason}.${before}${advice(sources, missing)}`,
  };
}

function subject(alias: string, keyName: string, createNew: boolean): string {
  const role = alias === '' ? '' : ` (${alias})`;
  if (createNew) return `A new ${alias === '' ? '' : `${alias} `}key needs a passphrase`;
  // A file that the caller names is opened with the passphrase of a role word, whatever it holds.
  return keyName === ''
    ? `The key file is locked, and is opened with the passphrase for ${alias === '' ? 'no role' : alias} keys`
    : `The key ${keyName}${role} is here, and locked`;
}

function whyLocked(source: string): string {
  return source === 'prompt' ? 'no passphrase that was typed opens it' : `${source} does not open it`;
}

function advice(tried: readonly string[], missing: NotaryError | undefined): string {
  if (missing?.hint !== undefined) return ` ${missing.hint}`;
  const [wrong] = tried.filter((source) => source !== 'prompt');
  if (wrong === undefined) return '';
  return /^[A-Z0-9_]+$/.test(wrong)
    ? ` Set ${wrong} to the passphrase of this key, or unset it to be asked at a terminal.`
    : '';
}
