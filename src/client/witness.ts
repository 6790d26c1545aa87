/** Stages roles to be signed again as they are. */

import { witnessChange } from '../changelist/change.ts';
import { type StagingPorts, stage } from './stage.ts';

/**
 * Any role name is taken; whether it can be signed is seen when it is published (Notary 0.7.0).
 *
 * @returns the roles that were staged
 * @throws NotaryError FILE_UNWRITABLE
 */
export async function stageWitness(
  ports: StagingPorts,
  roles: readonly string[],
): Promise<readonly string[]> {
  await stage(ports, roles.map(witnessChange));
  return roles;
}
