/** Drops the cached files of removed delegations: roles that their parents no longer list. */

import { ancestorsOf, isDelegation, parentRole } from '../../metadata/role-name.ts';
import { findDelegation, type Targets } from '../../metadata/targets.ts';
import type { MetadataStore } from '../../ports/trust-dir.ts';

/**
 * Drops the cached files of delegations that their verified parents do not list. Should such a role be made again,
 * it starts from nothing.
 *
 * @param roles delegations that may have a cached file
 * @param believed the verified content of every role
 * @throws NotaryError FILE_UNWRITABLE
 */
export async function forgetRemovedRoles(
  cache: Pick<MetadataStore, 'remove'>,
  roles: Iterable<string>,
  believed: (role: string) => Targets | undefined,
): Promise<void> {
  for (const role of roles) {
    if (isDelegation(role) && isRemoved(role, believed)) await cache.remove(role);
  }
}

/** False when a list on the way to the role cannot be looked at. */
function isRemoved(role: string, believed: (role: string) => Targets | undefined): boolean {
  for (const name of [...ancestorsOf(role).slice(1), role]) {
    const parent = believed(parentRole(name));
    if (parent === undefined) return false;
    if (findDelegation(parent, name) === undefined) return true;
  }
  return false;
}
