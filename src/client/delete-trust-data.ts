/** Forgets a collection on this machine, and on the server if asked to. Private keys stay. */

import type { RepositoryPorts } from './repository-ports.ts';

/**
 * The server goes first: when it refuses, nothing is lost here. (Notary 0.7.0 deletes here first.)
 * A collection that does not exist is no error on either side.
 *
 * @throws NotaryError OFFLINE and the server's codes, FILE_UNWRITABLE
 */
export async function deleteTrustData(
  { local, remote }: Pick<RepositoryPorts, 'local' | 'remote'>,
  input: { readonly remote: boolean },
): Promise<void> {
  if (input.remote) await remote.deleteAll();
  await local.remove();
}
