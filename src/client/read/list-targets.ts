/** Lists the trusted targets of a collection. */

import { compareUtf8 } from '../../encoding/bytes.ts';
import { didYouMean, nearNames } from '../../encoding/near-names.ts';
import { meantDelegation } from '../../metadata/role-name.ts';
import type { Targets } from '../../metadata/targets.ts';
import { collectTargets, type TargetWithRole } from '../../tuf/target-walk.ts';
import { update } from '../update/update.ts';
import type { UpdatePorts } from '../update/update-run.ts';
import { targetsByRole } from './find-target.ts';
import { cautionOfIncomplete, incompleteRoles } from './incomplete-roles.ts';

/**
 * Targets of the given roles and everything below them, each name once, sorted by UTF-8 bytes.
 *
 * @param input.roles in order of precedence; empty means `targets`
 * @throws NotaryError every code of `update`; ROLE_NOT_THERE, when strict
 */
export async function listTargets(
  ports: UpdatePorts,
  input: { readonly roles: readonly string[] },
): Promise<readonly TargetWithRole[]> {
  return (await readTargets(ports, input)).targets;
}

/** Trusted targets, and the roles that are left out because readers cannot believe them. */
export interface TargetListing {
  readonly targets: readonly TargetWithRole[];
  readonly incomplete: readonly string[];
}

/**
 * As `listTargets`.
 *
 * @throws NotaryError as `listTargets` and `cautionOfIncomplete`
 */
export async function readTargets(
  ports: UpdatePorts,
  input: { readonly roles: readonly string[] },
): Promise<TargetListing> {
  const loaded = await update(ports);
  const targets = targetsByRole(loaded);
  cautionOfMissingRoles(input.roles, targets, ports);
  const incomplete = incompleteRoles(loaded, input.roles);
  cautionOfIncomplete(incomplete, loaded, ports);
  return { targets: sorted(collectTargets(targets, input.roles)), incomplete };
}

/** Notary 0.7.0 lists nothing of such a role, as if it had no targets. */
function cautionOfMissingRoles(
  roles: readonly string[],
  targets: ReadonlyMap<string, Targets>,
  { gun, caution }: Pick<UpdatePorts, 'gun' | 'caution'>,
): void {
  if (roles.length === 0) return;
  const listed = [...targets.values()].flatMap(({ delegations }) =>
    delegations.roles.map(({ name }) => name),
  );
  const known = new Set(['targets', ...listed]);
  for (const role of roles.filter((name) => !known.has(name))) {
    const meant = meantDelegation(role);
    const near = meant !== undefined && known.has(meant) ? [meant] : nearNames(role, known);
    const absent = `no trusted role of ${gun} lists ${JSON.stringify(role)}`;
    caution(
      'ROLE_NOT_THERE',
      `${absent}, so nothing of it can be shown${didYouMean(near)}`,
      { gun, role, near },
      `${absent}${didYouMean(near)}`,
    );
  }
}

/** Files list their targets in this very order, so that there is mostly nothing to do. */
function sorted(targets: readonly TargetWithRole[]): readonly TargetWithRole[] {
  const before = (index: number) => targets[index - 1]?.name ?? '';
  const inOrder = targets.every(({ name }, index) => index === 0 || compareUtf8(before(index), name) <= 0);
  return inOrder ? targets : [...targets].sort((a, b) => compareUtf8(a.name, b.name));
}
