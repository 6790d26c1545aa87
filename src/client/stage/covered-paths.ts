/**
 * Reports covered paths at staging: paths that a role has already, by a wider one. It reads only the metadata of this
 * machine.
 */

import { quotedNames } from '../../changelist/name-list.ts';
import { isNotaryError } from '../../errors.ts';
import { parentRole } from '../../metadata/role-name.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { findDelegation, parseTargets } from '../../metadata/targets.ts';
import { pathsAllow } from '../../tuf/path-prefixes.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** Silent where nothing of the parent is cached, or nothing that can be read. The publish looks at what is served. */
export async function sayCoveredPaths(
  { cache, log }: Pick<RepositoryPorts, 'cache' | 'log'>,
  role: string,
  paths: readonly string[],
): Promise<void> {
  const present = await cachedPaths(cache, role);
  const covered = paths.filter((path) => pathsAllow(present, path));
  if (covered.length === 0) return;
  const by = present.filter((path) => covered.some((one) => one.startsWith(path)));
  const shown = (list: readonly string[]) => (list.includes('') ? 'all paths' : quotedNames(list));
  log.warn(
    `${role} may sign ${shown(covered)} already, by ${shown(by)}: adding that changes nothing`,
    'PATHS_SHARED',
  );
}

async function cachedPaths(cache: RepositoryPorts['cache'], role: string): Promise<readonly string[]> {
  const parent = parentRole(role);
  try {
    const bytes = await cache.get(parent);
    const content = bytes && parseTargets(parseEnvelope(bytes), parent).content;
    return (content && findDelegation(content, role)?.paths) ?? [];
  } catch (error) {
    if (isNotaryError(error)) return [];
    throw error;
  }
}
