/** Creates a repository that is published before it was initialized, as Notary 0.7.0 does; docker relies on it. */

import { shellWord } from '../../encoding/shell-quote.ts';
import { NotaryError } from '../../errors.ts';
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
  const { gun, remote, log, caution } = ports;
  const absent = `${gun} exists neither here nor on ${remote.location}`;
  caution(
    'COLLECTION_CREATED',
    `${absent}; it is made and published now`,
    { gun },
    `${absent}; nothing was made or published. To make it: tsnotary init ${shellWord(gun)} -p`,
  );
  log.info(`No TUF data found locally or remotely - initializing repository ${gun} for the first time`);
  await makeCollection(ports, {});
  const made = await loadUnpublished(ports);
  if (made !== undefined) return made;
  throw new NotaryError('REPO_NOT_INITIALIZED', `repository ${gun} could not be initialized`);
}
