/**
 * Caches what a publish has seen served, as an update would: from then on this client refuses a rollback behind it.
 * (Notary 0.7.0 leaves the cache alone, so that it trusts an older state right after its own publication.)
 */

import type { LoadedRepo } from '../../tuf/repo.ts';
import { tolerantCache } from '../fetch/fault-tolerant-cache.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { forgetRemovedRoles } from '../update/removed-delegations.ts';
import type { ServedState } from './served-state.ts';

/**
 * Writes the served files to the cache. A cache that cannot be written is no failure.
 *
 * @param before the state that was loaded, whose files are cached already
 */
export async function cachePublished(
  ports: Pick<RepositoryPorts, 'cache' | 'log'>,
  { root, timestamp, snapshot, targets, broken }: ServedState,
  before: LoadedRepo,
): Promise<void> {
  const cache = tolerantCache(ports.cache, ports.log);
  if (root !== before.root) await cache.set('root', root.envelope.bytes);
  for (const [role, { envelope }] of targets) {
    if (envelope.bytes !== before.targets.get(role)?.envelope.bytes) await cache.set(role, envelope.bytes);
  }
  const roles = new Set([...before.targets.keys(), ...(before.snapshot?.content.meta.keys() ?? [])]);
  await forgetRemovedRoles(cache, roles, (role) => targets.get(role)?.content);
  // While a copy stands in for a file, the last state is the one that had the copy.
  const isHidden = [...broken.keys()].some((role) => before.targets.has(role) && before.unusable.has(role));
  if (isHidden) return;
  await cache.set('snapshot', snapshot.envelope.bytes);
  await cache.set('timestamp', timestamp.bytes);
}
