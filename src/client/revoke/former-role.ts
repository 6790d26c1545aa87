/** Finds the keys that a role had in an earlier version of `targets`, for a name that stands for no key any more. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { isNotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { baseRole } from '../../metadata/root.ts';
import { findDelegation } from '../../metadata/targets.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { canonicalIds } from '../../tuf/verify-signatures.ts';
import { FormerKeys } from '../history/role-history.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** How many earlier versions are looked at. */
const maxVersions = 16;
const atOnce = 4;

/**
 * The keys that the last version of `targets` with the role listed for it. Only versions that present or former keys of
 * `targets` have signed count; one that cannot be had is passed over.
 *
 * @param role `targets/NAME`
 * @returns undefined when none of the last 16 versions lists the role with a key
 */
export async function formerRoleKeys(
  { remote }: Pick<RepositoryPorts, 'remote'>,
  { root, targets }: LoadedRepo,
  role: string,
): Promise<readonly CanonicalKeyId[] | undefined> {
  const newest = (targets.get('targets')?.content.version ?? 0) - 1;
  const oldest = Math.max(1, newest - maxVersions + 1);
  const signers = baseRole(root.content, 'targets');
  const keys = new FormerKeys(remote, 'targets', { root: root.content, signers });
  for (let next = newest; next >= oldest; next -= atOnce) {
    const versions = Array.from({ length: Math.min(atOnce, next - oldest + 1) }, (_, index) => next - index);
    const files = await Promise.all(versions.map((version) => servedOrNone(remote, version)));
    for (const [index, version] of versions.entries()) {
      const content = await keys.read(files[index], version);
      const listed = content && findDelegation(content, role);
      if (content === undefined || listed === undefined) continue;
      const ids = canonicalIds(delegationSigners(content, listed).keys);
      if (ids.length > 0) return ids;
    }
  }
  return undefined;
}

async function servedOrNone(
  remote: RepositoryPorts['remote'],
  version: number,
): Promise<Uint8Array | undefined> {
  try {
    return await remote.get(`${version}.targets`, sizeLimits.file);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}
