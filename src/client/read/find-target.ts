/** Looks a target up by name, from `targets` downwards. */

import { oneLetterAway } from '../../encoding/near-names.ts';
import { NotaryError } from '../../errors.ts';
import type { Targets } from '../../metadata/targets.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import { searchTarget, type TargetWithRole } from '../../tuf/target-walk.ts';
import { update } from '../update/update.ts';
import type { UpdatePorts } from '../update/update-run.ts';
import { cautionOfIncomplete, incompleteRoles } from './incomplete-roles.ts';

/** @throws NotaryError NO_SUCH_TARGET, every code of `update`, and of `cautionOfIncomplete` when strict */
export async function findTarget(ports: UpdatePorts, name: string): Promise<TargetWithRole> {
  return (await lookUpTarget(ports, name)).target;
}

/** A target, and the roles that could not be asked for it because readers cannot believe them. */
export interface FoundTarget {
  readonly target: TargetWithRole;
  readonly incomplete: readonly string[];
}

/** As `findTarget`. @throws NotaryError as `findTarget` and `cautionOfIncomplete` */
export async function lookUpTarget(ports: UpdatePorts, name: string): Promise<FoundTarget> {
  const loaded = await update(ports);
  const incomplete = incompleteRoles(loaded);
  cautionOfIncomplete(incomplete, loaded, ports);
  const target = searchTarget(targetsByRole(loaded), name);
  if (target !== undefined) return { target, incomplete };
  throw new NotaryError('NO_SUCH_TARGET', `No valid trust data for ${name}`, {
    details: { gun: ports.gun, target: name, ...(incomplete.length > 0 && { incomplete }) },
    hint:
      incomplete.length === 0
        ? nameHint(loaded, name)
        : `It may be in ${incomplete.join(', ')}, of which nothing can be believed at present.`,
  });
}

/** Versions that differ in digits alone are names of their own, and none of them is meant by another. */
function nameHint(loaded: RepoBuilder, name: string): string | undefined {
  const near = new Set(oneLetterAway(name, namesIn(loaded)).map((one) => JSON.stringify(one)));
  return near.size === 0 ? undefined : `What may be meant: ${[...near].join(', ')}`;
}

function* namesIn(loaded: RepoBuilder): Iterable<string> {
  for (const { content } of loaded.targets.values()) yield* content.targets.keys();
}

/** The verified content of every role that holds targets. */
export function targetsByRole(loaded: RepoBuilder): ReadonlyMap<string, Targets> {
  return new Map([...loaded.targets].map(([role, { content }]) => [role, content]));
}
