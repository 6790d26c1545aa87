/** Creates a repository that is published before it was initialized, as Notary 0.7.0 does; docker relies on it. */

import { didYouMean, nearNames } from '../../encoding/near-names.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { hasSeenPublished } from '../update/seen-published.ts';
import { type RootKeyChoice, storedRootKey } from './choose-root-key.ts';
import { makeCollection } from './initialize.ts';
import { loadUnpublished } from './load-unpublished.ts';

/**
 * Says that a repository which exists neither here nor on the server is made, and with which root key.
 *
 * @returns what to hand to `createOnPublish`: a rotation may store another root key meanwhile
 * @throws NotaryError COLLECTION_CREATED when strict
 */
export async function cautionOfCreation(ports: RepositoryPorts): Promise<RootKeyChoice> {
  const { gun, remote, caution } = ports;
  const absent = `${gun} exists neither here nor on ${remote.location}`;
  const meant = didYouMean(await similarGuns(ports));
  const stored = await storedRootKey(ports);
  const rootKey =
    stored === undefined
      ? 'a new root key'
      : `the root key ${stored.keyId}${stored.why === undefined ? '' : ` (${stored.why})`}`;
  caution(
    'COLLECTION_CREATED',
    `${absent}; it is made and published now, with ${rootKey}${meant}`,
    { gun, ...(stored && { key: stored.keyId }) },
    `${absent}; nothing was made or published. To make it: tsnotary init ${shellWord(gun)} -p${meant}`,
  );
  return stored === undefined ? {} : { keyId: stored.keyId };
}

/**
 * Creates keys and first metadata with the root key that `cautionOfCreation` has named. Call it when the repository exists neither
 * here nor on the server.
 *
 * @throws NotaryError every code of `makeCollection`; REPO_NOT_INITIALIZED when the files that were written cannot be
 * found
 */
export async function createOnPublish(ports: RepositoryPorts, choice: RootKeyChoice): Promise<LoadedRepo> {
  const { gun, log } = ports;
  log.info(`No TUF data found locally or remotely - initializing repository ${gun} for the first time`);
  await makeCollection(ports, choice);
  const made = await loadUnpublished(ports);
  if (made !== undefined) return made;
  throw new NotaryError('REPO_NOT_INITIALIZED', `repository ${gun} could not be initialized`);
}

/**
 * True when a repository is known to exist nowhere. What cannot be read or reached may
 * exist: what uses it says so.
 */
export async function existsNowhere({
  cache,
  remote,
}: Pick<RepositoryPorts, 'cache' | 'remote'>): Promise<boolean> {
  try {
    if ((await cache.get('root')) !== undefined || (await hasSeenPublished(cache))) return false;
    await remote.get('root', sizeLimits.download);
    return false;
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return isNotaryError(error, 'METADATA_NOT_FOUND');
  }
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
