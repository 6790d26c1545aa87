/** Discards staged changes. */

import { counted } from '../../changelist/name-list.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { cautionOfStrays } from './stray-entries.ts';

type ResetPorts = Pick<RepositoryPorts, 'gun' | 'changelist' | 'lock' | 'caution'>;

/**
 * Removes all staged changes, or those of the given numbers.
 *
 * The numbers are those of the moment of the call. The command waits for a publish that runs: changes that the
 * publish has removed are published and can no longer be discarded, and a message says so. Changes staged meanwhile
 * stay.
 *
 * @param input.indexes numbers as `listChanges` gives them
 * @throws NotaryError COLLECTION_BUSY when the publish does not come to an end, FILE_UNWRITABLE; when strict,
 * CHANGE_NOT_THERE before anything is removed
 */
export async function resetChanges(
  { gun, changelist, lock, caution }: ResetPorts,
  input: { readonly all: boolean; readonly indexes: readonly number[] },
): Promise<void> {
  await cautionOfStrays(
    { gun, changelist, caution },
    'it is not discarded with the others',
    'nothing was discarded',
  );
  const names = async () => (await changelist.list()).map(({ name }) => name);
  const listed = await names();
  const wanted = new Set(input.all ? listed.keys() : input.indexes);
  const absent = [...wanted].filter((number) => listed[number] === undefined);
  if (absent.length > 0 || (input.all && listed.length === 0)) {
    const what = input.all ? 'nothing' : `no change ${absent.slice(0, 10).join(', ')}`;
    caution('CHANGE_NOT_THERE', `${what} is staged for ${gun}${range(input.all, listed.length)}`, {
      gun,
      changes: absent.slice(0, 10).map(String),
    });
  }
  const chosen = listed.filter((_, number) => wanted.has(number));
  if (chosen.length === 0) return;
  await lock.hold(async () => {
    const present = new Set(await names());
    const gone = listed.flatMap((name, number) => (wanted.has(number) && !present.has(name) ? [number] : []));
    if (gone.length > 0) {
      caution(
        'CHANGE_NOT_THERE',
        `${counted(gone.length, 'change')} of ${gun} could not be reset, since another process has published or discarded ${gone.length === 1 ? 'it' : 'them'} meanwhile: ${gone.slice(0, 10).join(', ')}`,
        { gun, changes: gone.slice(0, 10).map(String), count: gone.length },
      );
    }
    await changelist.remove(chosen.filter((name) => present.has(name)));
  });
}

function range(all: boolean, count: number): string {
  if (all || count === 0) return '';
  return count === 1 ? ', only 0' : `, only 0 to ${count - 1}`;
}
