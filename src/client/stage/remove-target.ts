/** Stages targets to be removed. */

import { targetDeletion } from '../../changelist/change.ts';
import { targetRoles } from './add-target.ts';
import { type StagingPorts, stage } from './stage-changes.ts';

/**
 * Stages the removal of a target from each role; whether it is there is seen when it is published.
 *
 * @param input.roles empty means `targets`
 * @throws NotaryError NO_SUCH_ROLE, FILE_UNWRITABLE
 */
export async function removeTarget(
  ports: StagingPorts,
  input: { readonly name: string; readonly roles: readonly string[] },
): Promise<void> {
  const scopes = targetRoles(input.roles);
  await stage(
    ports,
    scopes.map((scope) => targetDeletion(scope, input.name)),
  );
}
