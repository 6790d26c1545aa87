/** Forgets staged changes. */

import type { StagingPorts } from './stage.ts';

/**
 * Removes all staged changes, or those of the given numbers; numbers that do not exist are passed over.
 *
 * @param input.indexes numbers as `listChanges` gives them
 * @throws NotaryError FILE_UNWRITABLE
 */
export async function resetChanges(
  { changelist }: StagingPorts,
  input: { readonly all: boolean; readonly indexes: readonly number[] },
): Promise<void> {
  const wanted = new Set(input.indexes);
  const names = (await changelist.list()).map(({ name }) => name);
  await changelist.remove(input.all ? names : names.filter((_, index) => wanted.has(index)));
}
