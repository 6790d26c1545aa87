/**
 * Leaves unreadable delegations out. A delegate can sign, and a server accepts, a file that this reader refuses: a
 * number that is not exact, deep nesting, a member twice, too many bytes. Such a file must not keep readers from
 * the rest of the repository, nor its owner from removing the role: the role is left out with everything below it,
 * or read from the copy that was seen before.
 */

import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { isSameOrBelow } from '../../metadata/role-name.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import type { HiddenRole } from './hidden-delegations.ts';

/** True for a failure that is about the content of a file, not about getting it, nor about an older or unsigned one. */
export function isUnreadable(failure: NotaryError | undefined): failure is NotaryError {
  return isNotaryError(
    failure,
    'MALFORMED_JSON',
    'MALFORMED_TIME',
    'MALFORMED_HASH',
    'MALFORMED_NUMBER',
    'MALFORMED_PEM',
    'MALFORMED_DER',
    'INVALID_METADATA',
    'INVALID_ROLE',
    'INVALID_KEY',
    'INVALID_KEY_ID',
    'INVALID_KEY_TYPE',
    'INVALID_CERTIFICATE',
  );
}

/** Why nothing can be published into a role whose file cannot be read. */
export function unreadableRole(gun: string, role: string, reason: NotaryError): NotaryError {
  return new NotaryError(
    'ROLE_UNREADABLE',
    `the file of ${role} of ${gun} cannot be read: ${reason.message}`,
    {
      details: { gun, role, reason: reason.code },
      hint: `Nothing was signed. ${wayOut(gun, role)}`,
      cause: reason,
    },
  );
}

function wayOut(gun: string, role: string): string {
  return `The owner of ${gun} can remove the role (tsnotary delegation remove ${shellWord(gun)} ${role}) and delegate to one of another name.`;
}

/** @throws NotaryError ROLE_UNREADABLE, when strict */
export function cautionOfUnreadable(
  unreadable: RepoBuilder['unreadable'],
  copies: readonly HiddenRole[],
  { gun, caution }: Pick<RepositoryPorts, 'gun' | 'caution'>,
): void {
  for (const [role, reason] of unreadable) {
    const copy = copies.find((one) => one.role === role);
    const instead =
      copy === undefined
        ? 'it is left out with everything below it'
        : `the one that was seen before and is good until ${copy.expires} is used on`;
    const unread = `the file of ${role} of ${gun} cannot be read (${reason.message})`;
    caution(
      'ROLE_UNREADABLE',
      `${unread}; ${instead}. ${wayOut(gun, role)}`,
      { gun, role, reason: reason.code },
      `${unread}. ${wayOut(gun, role)}`,
    );
  }
}

/** What is left of the loaded roles for publishing: the client cannot know what is in an unreadable one, or below it. */
export function withoutUnreadable<T>(
  targets: ReadonlyMap<string, T>,
  unreadable: RepoBuilder['unreadable'],
): ReadonlyMap<string, T> {
  if (unreadable.size === 0) return targets;
  const isOut = (role: string) => [...unreadable.keys()].some((name) => isSameOrBelow(role, name));
  return new Map([...targets].filter(([role]) => !isOut(role)));
}
