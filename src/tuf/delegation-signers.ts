/** Finds the keys that may sign a delegation, and how many of them must, in its parent (TUF specification 4.5). */

import { NotaryError } from '../errors.ts';
import { type DelegationRole, findDelegation, type Targets } from '../metadata/targets.ts';
import { checkStrongKeys } from './strong-keys.ts';
import type { RoleKeySet } from './verify-signatures.ts';

/** The keys that a parent lists for one of its delegations. */
export function delegationSigners(parent: Targets, delegation: DelegationRole): RoleKeySet {
  const keys = new Map(
    delegation.keyIds.flatMap((id) => {
      const key = parent.delegations.keys.get(id);
      return key === undefined ? [] : [[id, key] as const];
    }),
  );
  return { keys, threshold: delegation.threshold };
}

/**
 * As delegationSigners, by name, for using the keys: certificates have to be strong enough. Their expiry
 * does not matter any more (Notary 0.7.0).
 *
 * @throws NotaryError NO_SUCH_ROLE, INVALID_CERTIFICATE
 */
export function checkedSigners(parent: Targets | undefined, role: string): RoleKeySet {
  const delegation = parent && findDelegation(parent, role);
  if (parent === undefined || delegation === undefined) throw noSuchRole(role, 'delegation does not exist');
  const signers = delegationSigners(parent, delegation);
  checkStrongKeys(signers.keys.values());
  return signers;
}

/** `tuf: invalid role R. reason` */
export function noSuchRole(role: string, reason: string, hint?: string): NotaryError {
  return new NotaryError('NO_SUCH_ROLE', `tuf: invalid role ${role}. ${reason}`, { details: { role }, hint });
}
