/**
 * Plans the revocation of keys: which roles list them, what of these roles readers would still believe without them,
 * and which changes make it so. It signs, sends and writes nothing.
 */

import { type Change, delegationChange, delegationDeletion, witnessChange } from '../../changelist/change.ts';
import { isSameOrBelow, parentRole } from '../../metadata/role-name.ts';
import type { StateChange } from '../../review/compare.ts';
import type { Finding } from '../../review/finding.ts';
import type { RepositoryState } from '../../review/state.ts';
import type { LoadedForPublishing } from '../draft/load.ts';
import { difference } from '../preview/difference.ts';
import { stateOf } from '../preview/published-state.ts';
import { previewChanges } from '../preview/staged-state.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { keptTargets, type LostTargets, lostOf } from './lost-targets.ts';
import {
  affectedRoles,
  checkRevocable,
  checkSigners,
  type PlannedRole,
  planRole,
  type Refuse,
  type Revocation,
  refuseAtOnce,
  stillListed,
} from './planned-roles.ts';

export interface RevocationPlan {
  readonly roles: readonly PlannedRole[];
  readonly lost: readonly LostTargets[];
  /** What to publish; none when no role lists the keys. */
  readonly changes: readonly Change[];
  readonly before: RepositoryState;
  readonly after: RepositoryState;
  readonly differences: readonly StateChange[];
  readonly findings: readonly Finding[];
}

/**
 * @param refuse takes KEY_OF_OWNER; KEY_NOT_IN_ROLE for a role of the list that does not have the keys, and for a key to sign
 * with that may not sign any of the roles; TARGETS_CONFLICT when `targets` has a target that is to be kept with other content
 * @throws NotaryError FLAG_CONTRADICTED; what `refuse` throws
 */
export async function planRevocation(
  ports: RepositoryPorts,
  loaded: LoadedForPublishing,
  revocation: Revocation,
  refuse: Refuse = refuseAtOnce,
): Promise<RevocationPlan> {
  const before = stateOf(loaded.repo, ports.gun);
  checkRevocable(before, revocation, refuse);
  const affected = affectedRoles(ports.gun, before, revocation, refuse);
  const planned = affected.map((role) => planRole(role, revocation));
  checkSigners(ports.gun, planned, revocation, refuse);
  const first = await outcome(
    ports,
    loaded,
    changesOf(planned, revocation, () => false),
  );
  const lost = lostOf(before, first.after);
  const goes = (role: PlannedRole) => isRemoved(role, lost, revocation);
  const final = planned.map((role) => (goes(role) ? { ...role, outcome: 'removed' as const } : role));
  const changes = changesOf(final, revocation, goes);
  const kept = revocation.lost === 'keep-in-targets' ? keptTargets(ports.gun, before, lost, refuse) : [];
  const isAsDrafted = kept.length === 0 && !planned.some(goes);
  const { after } = isAsDrafted ? first : await outcome(ports, loaded, [...changes, ...kept]);
  const { changes: differences, findings } = difference(before, after, ports.clock.now());
  return {
    ...{ roles: final, lost: lostOf(before, after), changes: [...changes, ...kept] },
    ...{ before, after, differences, findings: [...findings, ...stillListed(after, revocation)] },
  };
}

function outcome(ports: RepositoryPorts, loaded: LoadedForPublishing, changes: readonly Change[]) {
  return previewChanges(ports, loaded, { changes });
}

/** A role goes with its last key when nothing is lost by that, or when it was said what becomes of what is. */
function isRemoved(
  { role, left, believed, targets }: PlannedRole,
  lost: readonly LostTargets[],
  revocation: Revocation,
): boolean {
  if (left.length > 0) return false;
  if (revocation.lost === 'drop') return true;
  // A holder of a key could have had readers believe them again.
  if (!believed && targets > 0) return false;
  return (
    revocation.lost === 'keep-in-targets' ||
    !lost.some((one) => isSameOrBelow(one.role, role) && one.only.length > 0)
  );
}

function changesOf(
  planned: readonly PlannedRole[],
  { replacement }: Revocation,
  isGone: (role: PlannedRole) => boolean,
): readonly Change[] {
  const gone = planned.filter(isGone).map(({ role }) => role);
  const isBelowGone = (role: string) =>
    gone.some((ancestor) => ancestor !== role && isSameOrBelow(role, ancestor));
  return planned.flatMap((one): readonly Change[] => {
    const { role, removed, outcome } = one;
    // A key leaves a nested role when the role above is signed, which would assert everything in that.
    const parent = planned.find((other) => other.role === parentRole(role));
    if (isBelowGone(role) || (parent?.outcome === 'untrusted' && !isGone(parent))) return [];
    if (isGone(one)) return [delegationDeletion(role)];
    const addKeys = replacement === undefined ? {} : { addKeys: [replacement] };
    const removal = delegationChange('update', role, { removeKeys: removed, ...addKeys });
    return outcome === 'signed again' ? [removal, witnessChange(role)] : [removal];
  });
}
