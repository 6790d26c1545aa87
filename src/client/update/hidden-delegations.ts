/**
 * Recovers hidden delegations: a server hides one when it serves, in its place, a file that none of its signers has
 * signed. A client that has a good copy continues with it (decision 0021; Notary 0.7.0 leaves the role out).
 */

import { isNotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { parentRole } from '../../metadata/role-name.ts';
import { parseEnvelope, type Signed } from '../../metadata/signed.ts';
import { parseTargets, type Targets } from '../../metadata/targets.ts';
import { matches } from '../../tuf/checksums.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import { consistentName } from '../fetch/fetch-metadata.ts';
import type { BoundedHistory } from '../history/history-limit.ts';
import { formerSigners } from '../history/role-history.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import type { LastState } from './last-trusted-state.ts';
import { lastTrusted } from './rollback-checks.ts';

/** What the client knows while it loads a tree. */
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
  { cache, remote, clock }: Pick<RepositoryPorts, 'cache' | 'remote' | 'clock'>,
  { builder, last, history }: StandIns,
  role: string,
): Promise<HiddenRole | undefined> {
  const file = builder.unusable.get(role);
  const isUnreadable = builder.unreadable.has(role);
  if (file?.reason !== 'threshold' && !isUnreadable) return undefined;
  try {
    const question = { role, signers: builder.signers(role), now: clock.now() };
    const seen = lastTrusted(await cache.get(role), question);
    if (seen === undefined || seen.expired) return undefined;
    const wasCurrent = last.had(role, seen.bytes);
    const isCurrent = wasCurrent && last.isUnchanged(parentRole(role));
    // The keys that its parent had taken away by then cannot have signed a later file of the role.
    const since = wasCurrent ? await parentVersionThen(remote, builder, parentRole(role), last) : undefined;
    const isJunk = isCurrent || file === undefined;
    if (!isJunk && (await wasSigned(history, builder, { role, file, since }))) return undefined;
    const { content } = builder.standIn(role, seen.bytes);
    last.foundSame(role, seen.bytes);
    return { role, expires: content.expires, unreadable: isUnreadable };
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/**
 * The version of the parent in the last state. Where the cached parent is a later one, it is looked up by its hash; when
 * it cannot be had, the present version stands for it, so that no earlier one can vouch.
 */
async function parentVersionThen(
  remote: RepositoryPorts['remote'],
  builder: RepoBuilder,
  parent: string,
  last: LastState,
): Promise<number | undefined> {
  const known = last.versionOf(parent);
  const meta = last.metaOf(parent);
  if (known !== undefined || meta === undefined) return known;
  const present = builder.targets.get(parent)?.content.version;
  try {
    const bytes = await remote.get(consistentName(parent, meta), sizeLimits.file);
    return matches(bytes, meta) ? parseTargets(parseEnvelope(bytes), parent).content.version : present;
  } catch (error) {
    if (isNotaryError(error)) return present;
    throw error;
  }
}

async function wasSigned(
  history: BoundedHistory,
  builder: RepoBuilder,
  {
    role,
    file,
    since,
  }: { readonly role: string; readonly file: Signed<Targets>; readonly since: number | undefined },
): Promise<boolean> {
  const parent = parentRole(role);
  const content = builder.targets.get(parent);
  const root = builder.root?.content;
  if (content === undefined || root === undefined) return false;
  const present = { root, content: content.content, signers: builder.signers(parent) };
  const versions = history.of(content.envelope.bytes.length);
  return (await formerSigners(versions, role, file.envelope, present, since)) !== undefined;
}

/** @throws NotaryError ROLE_HIDDEN, when strict */
export function cautionOfHidden(
  hidden: readonly HiddenRole[],
  { gun, remote, caution }: Pick<RepositoryPorts, 'gun' | 'remote' | 'caution'>,
): void {
  for (const { role, expires, unreadable } of hidden) {
    if (unreadable) continue;
    const hidden = `${remote.location} serves a file for ${role} of ${gun} that none of its keys has signed, in place of one that was seen before and is good until ${expires}`;
    caution(
      'ROLE_HIDDEN',
      `${hidden}; that one is used on`,
      { gun, role, server: remote.location, expires },
      hidden,
    );
  }
}
