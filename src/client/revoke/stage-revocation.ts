/** Stages a revocation for a later publish. */

import type { RepositoryPorts } from '../repository-ports.ts';
import { stage } from '../stage/stage-changes.ts';
import type { RevocationPlan } from './plan.ts';
import type { Revocation } from './planned-roles.ts';
import { checkNothingLost } from './revoke.ts';

/**
 * Stages what a plan changes. The publish signs roles again with every key that is here, not only with those that were
 * chosen, and proves nothing.
 *
 * @throws NotaryError TAGS_WOULD_VANISH, FILE_UNWRITABLE
 */
export async function stageRevocation(
  ports: Pick<RepositoryPorts, 'gun' | 'changelist' | 'caution'>,
  revocation: Revocation,
  plan: RevocationPlan,
): Promise<void> {
  checkNothingLost(ports.gun, plan, revocation);
  await stage(ports, plan.changes);
}
