/** Adds a change to the changelist: the one way in which the verbs stage something. */

import { type Change, serialiseChange } from '../changelist/change.ts';
import type { RepositoryPorts } from './repository-ports.ts';

export type StagingPorts = Pick<RepositoryPorts, 'changelist'>;

/** Stages changes in order. @throws NotaryError FILE_UNWRITABLE */
export async function stage({ changelist }: StagingPorts, changes: readonly Change[]): Promise<void> {
  for (const change of changes) await changelist.add(serialiseChange(change));
}
