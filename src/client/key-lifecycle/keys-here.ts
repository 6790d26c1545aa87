/** Finds out which of some keys have their private key on this machine. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** Those of the keys that are here, in their order; each is looked up by its name, and none is opened. */
export async function keysHere(
  { cryptoService }: Pick<RepositoryPorts, 'cryptoService'>,
  keyIds: Iterable<CanonicalKeyId>,
): Promise<readonly CanonicalKeyId[]> {
  const here: CanonicalKeyId[] = [];
  for (const id of keyIds) if ((await cryptoService.info(id)) !== undefined) here.push(id);
  return here;
}
