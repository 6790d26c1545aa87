/**
 * Says why no key of a role can be used here. Absent, locked, unreadable, for something else, and here but not among
 * the keys of the role are different things, and each has another way out.
 */

import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { shellWord } from '../encoding/shell-quote.ts';
import type { ErrorCode } from '../error-codes.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { isBaseRole, isDelegation } from '../metadata/role-name.ts';

/** A private key of this machine, as its file says. */
export interface HeldKey {
  readonly keyId: CanonicalKeyId;
  readonly role: string;
  /** Empty for a key of any repository. */
  readonly gun: string;
}

/** What is known of the repository and of this machine. */
export interface Surroundings {
  readonly gun?: string;
  readonly held?: () => Promise<readonly HeldKey[]>;
}

/** The key is here and for something else. */
export function isUnfit(reason: NotaryError): boolean {
  return isNotaryError(reason, 'KEY_NOT_FOUND') && reason.details.unfit === true;
}

/** The file of the key is here and cannot be used. */
export function isUnreadable(reason: NotaryError): boolean {
  return isNotaryError(reason, 'KEY_NOT_FOUND') && reason.details.unreadable !== undefined;
}

/** What is said of keys that are here and cannot be used; undefined when there are none. */
export function hintsOf(reasons: Iterable<NotaryError>): string | undefined {
  const hints = [...reasons].flatMap((reason) =>
    reason.hint !== undefined && (isUnfit(reason) || isUnreadable(reason)) ? [reason.hint] : [],
  );
  return hints.length === 0 ? undefined : [...new Set(hints)].join(' ');
}

/**
 * The error for a role of which no key can be used. Its message is that of Notary 0.7.0, whatever the reason.
 *
 * @param ids canonical IDs of the keys of the role
 * @param reasons why each of them cannot be used
 * @returns PASSPHRASE_INVALID or ATTEMPTS_EXCEEDED when a key is here and locked; INVALID_KEY or FILE_UNREADABLE when
 * the file of one is here and cannot be used; else NO_KEYS
 */
export async function noKeyCanSign(
  role: string,
  ids: readonly CanonicalKeyId[],
  reasons: readonly NotaryError[],
  surroundings: Surroundings,
): Promise<NotaryError> {
  const { gun } = surroundings;
  const message = `could not find necessary signing keys, at least one of these keys must be available: ${ids.join(', ')}`;
  const details = { ...(gun !== undefined && { gun }), role, keys: ids };
  const locked = reasons.find((reason) => isNotaryError(reason, 'PASSPHRASE_INVALID', 'ATTEMPTS_EXCEEDED'));
  if (locked !== undefined) {
    const { code, hint, details: tried } = locked;
    // The role word of the key is not the role that is to be signed.
    const { role: keyRole, ...rest } = tried;
    return new NotaryError(code, message, {
      details: { ...rest, ...(keyRole !== undefined && { keyRole }), ...details },
      hint: hint ?? `A key of ${role} is here, and locked.`,
      cause: locked,
    });
  }
  const code = unreadableCode(reasons) ?? 'NO_KEYS';
  return new NotaryError(code, message, {
    details,
    hint: hintsOf(reasons) ?? (await absentHint(role, ids.length, surroundings)),
  });
}

function unreadableCode(reasons: readonly NotaryError[]): ErrorCode | undefined {
  for (const reason of reasons) {
    if (isNotaryError(reason, 'INVALID_KEY')) return reason.code;
    if (isNotaryError(reason, 'KEY_NOT_FOUND') && reason.details.unreadable !== undefined) {
      return reason.details.unreadable;
    }
  }
  return undefined;
}

async function absentHint(role: string, keys: number, { gun, held }: Surroundings): Promise<string> {
  const of = gun === undefined ? '' : ` of ${gun}`;
  const word = gun === undefined ? 'GUN' : shellWord(gun);
  if (keys === 0) {
    return `No key may sign ${role}${of} any more; its owner can add one: tsnotary delegation add ${word} ${role} CERTIFICATE.`;
  }
  const here = (await held?.()) ?? [];
  const signers = here.filter((key) => !isBaseRole(key.role)).map(({ keyId }) => keyId);
  if (isDelegation(role)) {
    const absent = `None of the keys of ${role}${of} is on this machine: import one with "key import", or ask a holder to publish.`;
    if (signers.length === 0) return absent;
    return `${named(signers)} here and not among the keys of ${role}${of}: ask its owner to add ${signers.length === 1 ? 'it' : 'yours'} (tsnotary delegation add ${word} ${role} CERTIFICATE), or import a key of the role with "key import".`;
  }
  const replaced = here.filter((key) => key.role === role && key.gun === gun).map(({ keyId }) => keyId);
  const owner =
    replaced.length === 0
      ? `None of its keys${of} is on this machine; the owner imports one with "key import".`
      : `${named(replaced)} here for it, but the root does not list ${replaced.length === 1 ? 'it' : 'them'}; the owner imports the present one with "key import".`;
  return `This changes the top-level role ${role}. ${owner} A holder of a delegation key stages with -r ROLE, for instance -r targets/releases.`;
}

const maxNames = 3;

function named(ids: readonly CanonicalKeyId[]): string {
  const more = ids.length > maxNames ? ` and ${ids.length - maxNames} more` : '';
  const list = ids.slice(0, maxNames).join(', ') + more;
  return ids.length === 1 ? `The key ${list} is` : `The keys ${list} are`;
}
