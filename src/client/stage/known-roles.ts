/** Warns at staging of unknown roles: those that neither the metadata of this machine nor the staged changes list. */

import { parseChange } from '../../changelist/change.ts';
import { didYouMean, nearNames } from '../../encoding/near-names.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError } from '../../errors.ts';
import { isBaseRole, isDelegation, isWildcard, parentRole } from '../../metadata/role-name.ts';
import { cachedRoles } from '../read/cached-roles.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

type KnownRolesPorts = Pick<RepositoryPorts, 'gun' | 'cache' | 'changelist' | 'caution'>;

/** The files of a repository of millions of targets are not parsed for this: what is listed is found as text. */
const inFile = (role: string): string => JSON.stringify(role);

/**
 * Staging asks no server, and what was seen last may be out of date, so that this is a caution even for programs
 * (`seenVersion` among its details). Silent where nothing of the repository is here, and where the file that would list
 * the role is not, or cannot be read. The publish looks at what is served.
 *
 * @param roles that a change is about, and that must be there
 * @throws NotaryError ROLE_NOT_THERE, when strict
 */
export async function cautionOfUnknownRoles(ports: KnownRolesPorts, roles: readonly string[]): Promise<void> {
  for (const role of new Set(roles)) {
    if (isBaseRole(role) || isWildcard(role) || !(await isUnlisted(ports, role))) continue;
    if (!(await stagedDelegations(ports)).has(role)) await caution(ports, role);
  }
}

/** As `cautionOfUnknownRoles`, for a delegation that is added: its parent must be there, or be added before. */
export async function cautionOfUnknownParent(ports: KnownRolesPorts, role: string): Promise<void> {
  if (isDelegation(role)) await cautionOfUnknownRoles(ports, [parentRole(role)]);
}

/** False where that cannot be known. A name that is no role's is listed nowhere. */
async function isUnlisted({ cache }: Pick<KnownRolesPorts, 'cache'>, role: string): Promise<boolean> {
  const parent = isDelegation(role) ? parentRole(role) : 'targets';
  try {
    const bytes = await cache.get(parent);
    if (bytes !== undefined)
      return !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(inFile(role));
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
  return parent !== 'targets' && isUnlisted({ cache }, parent);
}

/** A change that cannot be read adds nothing. */
async function stagedDelegations({
  changelist,
}: Pick<KnownRolesPorts, 'changelist'>): Promise<ReadonlySet<string>> {
  const added = new Set<string>();
  for (const { bytes } of await changelist.list()) {
    try {
      const { type, action, scope } = parseChange(bytes);
      if (type === 'delegation' && action === 'create') added.add(scope);
    } catch (error) {
      if (!isNotaryError(error)) throw error;
    }
  }
  return added;
}

async function caution(ports: KnownRolesPorts, role: string): Promise<void> {
  const { gun } = ports;
  const { roles } = await cachedRoles(ports.cache);
  const top = roles.get('targets');
  if (top === undefined) return;
  const listed = [...roles.values()].flatMap(({ delegations }) => delegations.roles.map(({ name }) => name));
  const meant = didYouMean(nearNames(role, listed));
  const absent = `${gun} has no role ${role} as this machine has seen it last (targets ${top.version})`;
  const look = `what is published now: tsnotary delegation list ${shellWord(gun)}`;
  ports.caution(
    'ROLE_NOT_THERE',
    `${absent}, so that a publish will refuse or skip what is staged for it or below it; ${look}${meant}`,
    { gun, role, seenVersion: top.version },
    `${absent}; nothing is staged; ${look}${meant}`,
  );
}
