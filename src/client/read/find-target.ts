/** Looks a target up by name, from `targets` downwards. */

import { NotaryError } from '../../errors.ts';
import type { Targets } from '../../metadata/targets.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import { searchTarget, type TargetWithRole } from '../../tuf/target-walk.ts';
import { update } from '../update/update.ts';
import type { UpdatePorts } from '../update/update-run.ts';

/** @throws NotaryError NO_SUCH_TARGET, and every code of `update` */
export async function findTarget(ports: UpdatePorts, name: string): Promise<TargetWithRole> {
  const found = searchTarget(targetsByRole(await update(ports)), name);
  if (found !== undefined) return found;
  throw new NotaryError('NO_SUCH_TARGET', `No valid trust data for ${name}`, {
    details: { gun: ports.gun, target: name },
  });
}

/** The verified content of every role that holds targets. */
export function targetsByRole(loaded: RepoBuilder): ReadonlyMap<string, Targets> {
  return new Map([...loaded.targets].map(([role, { content }]) => [role, content]));
}
