/** Creates a repository that is published before it was initialized, as Notary 0.7.0 does; docker relies on it. */

import { didYouMean, nearNames } from '../../encoding/near-names.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { makeCollection } from './initialize.ts';
import { loadUnpublished } from './load-unpublished.ts';

/**
 * Creates keys and first metadata, and says so. Call it when the repository exists neither here nor on the server.
 *
 * @throws NotaryError every code of `makeCollection`; COLLECTION_CREATED when strict; REPO_NOT_INITIALIZED when the
 * files that were written cannot be found
 */
export async function createOnPublish(ports: RepositoryPorts): Promise<LoadedRepo> {
  const { gun, remote, cryptoService, log, caution } = ports;
  const absent = `${gun} exists neither here nor on ${remote.location}`;
  const meant = didYouMean(await similarGuns(ports));
  const rootKey = (await cryptoService.list('root')).length === 0 ? ', with a new root key' : '';
  caution(
    'COLLECTION_CREATED',
    `${absent}; it is made and published now${rootKey}${meant}`,
    { gun },
    `${absent}; nothing was made or published. To make it: tsnotary init ${shellWord(gun)} -p${meant}`,
  );
  log.info(`No TUF data found locally or remotely - initializing repository ${gun} for the first time`);
  await makeCollection(ports, {});
  const made = await loadUnpublished(ports);
  if (made !== undefined) return made;
  throw new NotaryError('REPO_NOT_INITIALIZED', `repository ${gun} could not be initialized`);
}

/** Repositories of this machine whose GUN is a letter or two away. What cannot be read is named by what uses it. */
async function similarGuns({
  gun,
  heldMetadata,
}: Pick<RepositoryPorts, 'gun' | 'heldMetadata'>): Promise<readonly string[]> {
  try {
    const roots = (await heldMetadata.files()).filter(({ role }) => role === 'root');
    return nearNames(
      gun,
      roots.map((root) => root.gun),
    );
  } catch (error) {
    if (isNotaryError(error)) return [];
    throw error;
  }
}
