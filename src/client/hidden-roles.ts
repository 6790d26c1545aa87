/**
 * A file in place of a delegation that nobody who may sign it has signed hides the delegation, as no file
 * would. Whoever has a copy that is good goes on with it (decision 0021; Notary 0.7.0 leaves the role out).
 */

import { isNotaryError } from '../errors.ts';
import { parentRole } from '../metadata/role-name.ts';
import type { Signed } from '../metadata/signed.ts';
import type { Targets } from '../metadata/targets.ts';
import type { RepoBuilder } from '../tuf/repo-builder.ts';
import type { BoundedHistory } from './bounded-history.ts';
import type { LastState } from './last-state.ts';
import type { RepositoryPorts } from './repository-ports.ts';
import { formerSigners } from './role-history.ts';
import { seenBefore } from './seen-before.ts';

/** What is known while a tree is loaded. */
interface StandIns {
  readonly builder: RepoBuilder;
  readonly last: LastState;
  readonly history: BoundedHistory;
}

/** A delegation for which a copy out of the cache stands in. */
export interface HiddenRole {
  readonly role: string;
  /** When the copy ends, RFC 3339. */
  readonly expires: string;
  /** The file that is served cannot be read; else it is not signed by enough keys. */
  readonly unreadable: boolean;
}

/**
 * Puts the cached copy of a delegation in the place of a file that is not signed by enough of its keys.
 *
 * The copy must be signed by the present keys and be in date. It is outdated, and not used, when the file was
 * validly signed once and its signers have been taken away since. That cannot be when the copy was the
 * role's file in the last state and the parent says what it said then. Else earlier versions of the parent
 * are asked for; a file for which none of them vouches counts as junk, and so does one that cannot be read.
 *
 * @returns undefined when the role has to be left out
 */
export async function useSeenCopy(
  { cache, clock }: Pick<RepositoryPorts, 'cache' | 'clock'>,
  { builder, last, history }: StandIns,
  role: string,
): Promise<HiddenRole | undefined> {
  const file = builder.unusable.get(role);
  const isUnreadable = builder.unreadable.has(role);
  if (file?.reason !== 'threshold' && !isUnreadable) return undefined;
  try {
    const question = { role, signers: builder.signers(role), now: clock.now() };
    const seen = seenBefore(await cache.get(role), question);
    if (seen === undefined || seen.expired) return undefined;
    const isCurrent = last.had(role, seen.bytes) && last.isUnchanged(parentRole(role));
    if (!isCurrent && file !== undefined && (await wasSigned(history, builder, role, file))) return undefined;
    const { content } = builder.standIn(role, seen.bytes);
    last.foundSame(role, seen.bytes);
    return { role, expires: content.expires, unreadable: isUnreadable };
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

async function wasSigned(
  history: BoundedHistory,
  builder: RepoBuilder,
  role: string,
  { envelope }: Signed<Targets>,
): Promise<boolean> {
  const parent = parentRole(role);
  const file = builder.targets.get(parent);
  const root = builder.root?.content;
  if (file === undefined || root === undefined) return false;
  const present = { root, content: file.content, signers: builder.signers(parent) };
  const versions = history.of(file.envelope.bytes.length);
  return (await formerSigners(versions, role, envelope, present)) !== undefined;
}

/** @throws NotaryError ROLE_HIDDEN, when strict */
export function cautionOfHidden(
  hidden: readonly HiddenRole[],
  { gun, remote, caution }: Pick<RepositoryPorts, 'gun' | 'remote' | 'caution'>,
): void {
  for (const { role, expires, unreadable } of hidden) {
    if (unreadable) continue;
    caution(
      'ROLE_HIDDEN',
      `${remote.location} serves a file for ${role} of ${gun} that none of its keys has signed, in place of one that was seen before and is good until ${expires}; that one is used on`,
      { gun, role, server: remote.location, expires },
    );
  }
}
