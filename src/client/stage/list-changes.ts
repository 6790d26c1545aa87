/** Lists the changes that are staged and not published yet. */

import { type Change, parseChange } from '../../changelist/change.ts';
import { isNotaryError } from '../../errors.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { cautionOfStrays } from './stray-entries.ts';

export interface ListedChange extends Change {
  /** The number that `reset -n` takes. */
  readonly index: number;
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
      changes.push({ index, ...parseChange(bytes) });
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
