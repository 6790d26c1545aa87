/** Warns an owner who stages a delegation while the snapshot key is on this machine. It asks no server. */

import { isNotaryError } from '../../errors.ts';
import { parseRoot } from '../../metadata/root.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { warnSnapshotKeyHere } from '../key-lifecycle/missing-snapshot.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** As `warnSnapshotKeyHere`, by the root that is cached; silent where there is none, or none that can be read. */
export async function warnAtDelegation(
  ports: Pick<RepositoryPorts, 'gun' | 'cryptoService' | 'cache' | 'log'>,
): Promise<void> {
  try {
    const bytes = await ports.cache.get('root');
    if (bytes !== undefined) await warnSnapshotKeyHere(ports, parseRoot(parseEnvelope(bytes)).content);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
  }
}
