/**
 * Detects withdrawn delegations: only its parent removes a delegation, so one that was published before must not
 * vanish from a snapshot (decision 0012).
 */

import { NotaryError } from '../../errors.ts';
import { isDelegation, parentRole } from '../../metadata/role-name.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import type { Snapshot } from '../../metadata/snapshot.ts';
import { findDelegation, type Targets } from '../../metadata/targets.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import type { LastState } from './last-trusted-state.ts';
import { lastTrusted, saysTheSame } from './rollback-checks.ts';

/** The delegations that had a file in the last state and have none in this snapshot. */
export function missingRoles(snapshot: Snapshot, last: LastState): readonly string[] {
  return [...last.roles].filter((role) => isDelegation(role) && !snapshot.meta.has(role));
}

export interface Missing {
  readonly roles: readonly string[];
  readonly last: LastState;
  /**
   * Whether the present keys of the snapshot vouch for the last one. When they have been rotated it may be the
   * work of a thief, and a role is missed only if a good copy of its file was seen.
   */
  readonly vouched: boolean;
}

/**
 * Called when the tree of targets has been loaded, since the parents' content decides.
 *
 * @returns the roles that are gone with their parents' consent, or so it seems, although these list them still
 * @throws NotaryError CHECKSUM_MISSING for a role that a parent lists whose signed content is what it was
 */
export async function checkNoDelegationRemoved(
  { cache, clock }: Pick<RepositoryPorts, 'cache' | 'clock'>,
  builder: RepoBuilder,
  { roles, last, vouched }: Missing,
): Promise<readonly string[]> {
  const gone: string[] = [];
  // By parent, since thousands of roles may have one.
  const unchanged = new Map<string, boolean>();
  for (const role of roles) {
    const parent = parentRole(role);
    if (!lists(builder.targets.get(parent) ?? builder.unusable.get(parent), role)) continue;
    const same = unchanged.get(parent) ?? (await isUnchanged(cache, builder, parent, last));
    unchanged.set(parent, same);
    if (!same) {
      gone.push(role);
      continue;
    }
    if (vouched || (await wasGood(cache, builder, role, clock.now()))) throw withdrawn(role, parent);
  }
  return gone;
}

function lists(parent: { readonly content: Targets } | undefined, role: string): boolean {
  return parent !== undefined && findDelegation(parent.content, role) !== undefined;
}

async function isUnchanged(
  cache: RepositoryPorts['cache'],
  builder: RepoBuilder,
  parent: string,
  last: LastState,
): Promise<boolean> {
  if (last.isUnchanged(parent)) return true;
  const unusable = builder.unusable.get(parent);
  if (unusable === undefined || builder.targets.has(parent)) return false;
  // Its file has expired in the meantime, say. What is not usable is not cached, so that this is the last one.
  const cached = await cache.get(parent);
  return (
    cached !== undefined && last.had(parent, cached) && saysTheSame(parseEnvelope(cached), unusable.envelope)
  );
}

async function wasGood(
  cache: RepositoryPorts['cache'],
  builder: RepoBuilder,
  role: string,
  now: Date,
): Promise<boolean> {
  if (!builder.targets.has(parentRole(role))) return false;
  return lastTrusted(await cache.get(role), { role, signers: builder.signers(role), now }) !== undefined;
}

/** What is logged of a role that is gone. */
export function withdrawnWarning(role: string): readonly [message: string, code: string] {
  const parent = parentRole(role);
  return [
    `${role} has no file any more since ${parent} was signed anew, which lists it still: nothing that it had signed counts`,
    'DELEGATION_GONE',
  ];
}

function withdrawn(role: string, parent: string): NotaryError {
  return new NotaryError(
    'CHECKSUM_MISSING',
    `the snapshot does not name ${role} any more, although ${parent}, which lists it, is unchanged`,
    {
      details: { role, parent },
      hint: `The server may be hiding what ${role} has signed. If you know better, remove the local copy with "delete" and try again.`,
    },
  );
}
