/** Lists the changes that are staged and not published yet. */

import { type Change, parseChange } from '../../changelist/change.ts';
import { isNotaryError } from '../../errors.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { cautionOfStrays } from './stray-entries.ts';

export interface ListedChange extends Omit<Change, 'content'> {
  /** The number that `reset -n` takes. */
  readonly index: number;
}

/** A staged change as plain data: what `--json` prints of it and what scripts get. */
export type ChangeData = Readonly<{
  index: number;
  action: string;
  role: string;
  type: string;
  path: string;
}>;

export function changeData({ index, action, scope, type, path }: ListedChange): ChangeData {
  return { index, action, role: scope, type, path };
}

/**
 * The staged changes in order of application. A file that cannot be read gets a warning that names it.
 *
 * @throws NotaryError CHANGE_UNREADABLE, when strict, for what lies in the place of a change and is no file
 *
 * Its number is left out, so that the numbers shown are those that `reset -n` counts.
 */
export async function listChanges({
  gun,
  changelist,
  log,
  caution,
}: Pick<RepositoryPorts, 'gun' | 'changelist' | 'log' | 'caution'>): Promise<readonly ListedChange[]> {
  await cautionOfStrays({ gun, changelist, caution }, 'all others are listed without', 'nothing is listed');
  const changes: ListedChange[] = [];
  for (const [index, { name, bytes }] of (await changelist.list()).entries()) {
    try {
      const { action, scope, type, path } = parseChange(bytes);
      changes.push({ index, action, scope, type, path });
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      log.warn(
        `the staged change ${name} (number ${index}) cannot be read: ${error.message}`,
        'CHANGE_UNREADABLE',
      );
    }
  }
  return changes;
}
