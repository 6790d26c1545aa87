/** Adds a change to the changelist: the one way in which the verbs stage something. */

import { type Change, serialiseChange } from '../../changelist/change.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

export type StagingPorts = Pick<RepositoryPorts, 'changelist' | 'caution'>;

/** Stages changes in order. @throws NotaryError FILE_UNWRITABLE; NOTHING_STAGED for none, when strict */
export async function stage(
  { changelist, caution }: StagingPorts,
  changes: readonly Change[],
): Promise<void> {
  if (changes.length === 0)
    caution('NOTHING_STAGED', 'nothing was named that could change, so nothing is staged');
  for (const change of changes) await changelist.add(serialiseChange(change));
}
