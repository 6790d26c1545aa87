/** Lists the trusted targets of a collection. */

import { compareUtf8 } from '../../encoding/bytes.ts';
import { collectTargets, type TargetWithRole } from '../../tuf/target-walk.ts';
import { update } from '../update/update.ts';
import type { UpdatePorts } from '../update/update-run.ts';
import { targetsByRole } from './find-target.ts';

/**
 * Targets of the given roles and everything below them, each name once, sorted by UTF-8 bytes.
 *
 * @param input.roles in order of precedence; empty means `targets`
 * @throws NotaryError every code of `update`
 */
export async function listTargets(
  ports: UpdatePorts,
  input: { readonly roles: readonly string[] },
): Promise<readonly TargetWithRole[]> {
  const loaded = await update(ports);
  return sorted(collectTargets(targetsByRole(loaded), input.roles));
}

/** Files list their targets in this very order, so that there is mostly nothing to do. */
function sorted(targets: readonly TargetWithRole[]): readonly TargetWithRole[] {
  const before = (index: number) => targets[index - 1]?.name ?? '';
  const inOrder = targets.every(({ name }, index) => index === 0 || compareUtf8(before(index), name) <= 0);
  return inOrder ? targets : [...targets].sort((a, b) => compareUtf8(a.name, b.name));
}
