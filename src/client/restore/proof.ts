/**
 * Proves a restore: a reader with an empty cache, one who knows the old server, and those who know its former roots read
 * the new server, and find the targets, delegations and keys that the source has.
 */

import { equalBytes } from '../../encoding/bytes.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { isSameOrBelow } from '../../metadata/role-name.ts';
import { rootToJson } from '../../metadata/root.ts';
import { buildEnvelope } from '../../metadata/signed.ts';
import { compare, type StateChange } from '../../review/compare.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import { VerificationAllowance } from '../../tuf/verification-allowance.ts';
import { stateOf } from '../preview/published-state.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { memoryCache } from '../update/memory-cache.ts';
import { refusingCache } from '../update/refusing-cache.ts';
import { type Updated, update } from '../update/update.ts';
import { followRootChain } from '../update/update-root.ts';
import type { FormerReaders } from './former-readers.ts';
import type { RestorePlan } from './plan.ts';

/** What the readers have seen. */
export interface RestoreProof {
  /** Versions of what the new server serves. */
  readonly root: number;
  readonly snapshot: number;
  readonly timestamp: number;
  /** How many roles with targets, and how many names of targets in them, every reader has found as they were. */
  readonly roles: number;
  readonly targets: number;
  /** How many kinds of readers with former root keys follow. */
  readonly followed: number;
  /** Roles of which readers get newer files than those that were carried over: published on the new server since. */
  readonly newer: readonly string[];
}

/**
 * Reads the new server anew.
 *
 * @throws NotaryError PUBLISH_UNVERIFIED when a reader fails, or finds something else; the details tell which
 */
export async function proveRestore(ports: RepositoryPorts, plan: RestorePlan): Promise<RestoreProof> {
  const fresh = await readAs(ports, 'a reader with an empty cache', memoryCache());
  const warm = await readAs(ports, 'a reader who knows the old server', await cacheOfOldReader(plan));
  const newer = newerRoles(plan, fresh);
  for (const seen of [fresh, warm]) checkSame(plan, seen, newer);
  const { root, snapshot, timestamp } = fresh;
  const versions = {
    root: root.content.version,
    snapshot: snapshot?.content.version ?? 0,
    timestamp: timestamp?.content.version ?? 0,
  };
  checkAbove(plan, versions);
  const following = plan.history.former.filter(({ canFollow }) => canFollow);
  for (const readers of following) await follow(ports, readers);
  const { targets, source } = plan;
  return { ...versions, roles: source.carried.size, targets, followed: following.length, newer };
}

/** What a reader has stored who has read the source last. */
async function cacheOfOldReader({
  source: { root, snapshot, timestamp, carried },
}: RestorePlan): Promise<RepositoryPorts['cache']> {
  const cache = memoryCache();
  for (const [role, { envelope }] of [
    ['root', root] as const,
    ['snapshot', snapshot] as const,
    ['timestamp', timestamp] as const,
    ...carried,
  ])
    await cache.set(role, envelope.bytes);
  return cache;
}

async function readAs(
  ports: RepositoryPorts,
  who: string,
  cache: RepositoryPorts['cache'],
): Promise<Updated> {
  const ignore = () => undefined;
  const log = { debug: ignore, info: ignore, notice: ignore, warn: ignore, error: ignore };
  try {
    const caution = refusingCache(ignore);
    return await update({ ...ports, cache, log, caution }, { checkExists: true, rotations: 'leave' });
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw unproved(ports, `${who} cannot read it: ${error.message}`, { reason: error.code }, error);
  }
}

/** Roles whose keys have signed a newer file on the new server already. */
function newerRoles({ source }: RestorePlan, seen: Updated): readonly string[] {
  return [...source.carried]
    .filter(([role, { content }]) => {
      const file = seen.unusable.has(role) ? undefined : seen.targets.get(role);
      return file !== undefined && file.content.version > content.version;
    })
    .map(([role]) => role);
}

/** @throws NotaryError PUBLISH_UNVERIFIED */
function checkSame(plan: RestorePlan, seen: Updated, newer: readonly string[]): void {
  const { source, gun } = plan;
  const isChanged = (role: string) => newer.some((changed) => isSameOrBelow(role, changed));
  for (const [role, { envelope }] of source.carried) {
    const served = seen.unusable.has(role) ? undefined : seen.targets.get(role)?.envelope;
    const isSame = served !== undefined && equalBytes(served.bytes, envelope.bytes);
    const isGone = served === undefined && isChanged(role);
    if (isSame || isGone || newer.includes(role)) continue;
    throw unproved(plan, `readers do not get the file of ${role} that was carried over`, { role });
  }
  const changes = compare(stateOf(source.loaded, gun), stateOf(seen, gun));
  const [other] = changes.filter((change) => !isChanged(change.role) && !isPlanned(change, plan));
  if (other === undefined) return;
  const { op, what, role } = other;
  throw unproved(plan, `${role} differs from the source: ${op} ${what}`, { role, op, what });
}

/** New keys of the server, and files that stay behind. */
function isPlanned({ role, what }: StateChange, { source, snapshotBy }: RestorePlan): boolean {
  if (role === 'timestamp' || (role === 'snapshot' && snapshotBy === 'server'))
    return what === 'key' || what === 'threshold';
  return source.left.some(
    (left) =>
      left.role !== undefined && isSameOrBelow(role, left.role) && (role !== left.role || what === 'target'),
  );
}

/**
 * Readers of other programs hold versions against what they have seen although the key is another (Notary 0.7.0); ours do
 * not (decision 0005).
 *
 * @throws NotaryError PUBLISH_UNVERIFIED
 */
function checkAbove(plan: RestorePlan, served: Pick<RestoreProof, 'root' | 'snapshot' | 'timestamp'>): void {
  const floors = { ...plan.floor, root: plan.source.root.content.version };
  for (const role of ['root', 'snapshot', 'timestamp'] as const) {
    if (served[role] > floors[role]) continue;
    const seen = `version ${served[role]} of ${role} is not above ${floors[role]}, which readers of the old server have seen`;
    throw unproved(plan, seen, { role });
  }
}

/** @throws NotaryError PUBLISH_UNVERIFIED */
async function follow(ports: RepositoryPorts, { root, to }: FormerReaders): Promise<void> {
  const { gun, clock, remote } = ports;
  const allowance = new VerificationAllowance();
  const settings = { gun, pinning: noPinning, now: clock.now(), rootMeta: undefined, allowance };
  const trusted = { content: root, envelope: buildEnvelope(rootToJson(root), []) };
  try {
    await followRootChain({ remote }, settings, trusted, sizeLimits.servedAlone);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw unproved(
      ports,
      `a reader whose newest root is of version ${to} cannot follow: ${error.message}`,
      { reason: error.code },
      error,
    );
  }
}

function unproved(
  { gun }: { readonly gun: string },
  what: string,
  details: Readonly<Record<string, string>>,
  cause?: NotaryError,
): NotaryError {
  return new NotaryError('PUBLISH_UNVERIFIED', `the restore of ${gun} is not proved: ${what}`, {
    details: { gun, ...details },
    hint: `The new server has taken every upload. Look at what it serves with "tsnotary list ${shellWord(gun)}" before readers are sent there; the same command goes on where this one stopped, and proves it again.`,
    cause,
  });
}
