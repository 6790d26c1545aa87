/** Warns of stray entries in the changelist: what stands in the place of a change and is no file. */

import { counted, plainNames } from '../../changelist/name-list.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/**
 * Notary 0.7.0 passes over a directory in the place of a change, and waits for ever at a pipe.
 *
 * @param otherwise what happens all the same
 * @param refused what does not happen when strict
 * @throws NotaryError CHANGE_UNREADABLE, when strict
 */
export async function cautionOfStrays(
  { gun, changelist, caution }: Pick<RepositoryPorts, 'gun' | 'changelist' | 'caution'>,
  otherwise: string,
  refused: string,
): Promise<void> {
  const strays = await changelist.strays();
  if (strays.length === 0) return;
  const what = `${counted(strays.length, 'staged change')} of ${gun} cannot be read, being no file: ${plainNames(strays)}`;
  caution(
    'CHANGE_UNREADABLE',
    `${what} in ${changelist.location}; ${otherwise}`,
    { gun, files: strays.slice(0, 10), count: strays.length },
    `${what} in ${changelist.location}; ${refused}. Move it away, and stage the change again`,
  );
}
