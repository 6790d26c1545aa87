/** Creates a repository that is published before it was initialized, as Notary 0.7.0 does; docker relies on it. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { didYouMean } from '../../encoding/near-names.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { similarGuns } from '../read/similar-guns.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { hasSeenPublished } from '../update/seen-published.ts';
import { type RootKeyChoice, storedRootKey } from './choose-root-key.ts';
import { makeCollection } from './initialize.ts';
import { loadUnpublished } from './load-unpublished.ts';

/**
 * What making a repository that exists neither here nor on the server would come to, in words: of it, of its root key,
 * and of the repositories that may be meant.
 */
export async function creationInWords(
  ports: Pick<RepositoryPorts, 'gun' | 'remote' | 'cryptoService' | 'heldMetadata'>,
): Promise<{
  readonly absent: string;
  readonly rootKey: string;
  readonly keyId?: CanonicalKeyId;
  readonly similar: readonly string[];
}> {
  const { gun, remote } = ports;
  const stored = await storedRootKey(ports);
  const rootKey =
    stored === undefined
      ? 'a new root key'
      : `the root key ${stored.keyId}${stored.why === undefined ? '' : ` (${stored.why})`}`;
  return {
    ...{ absent: `${gun} exists neither here nor on ${remote.location}`, rootKey },
    ...{ ...(stored && { keyId: stored.keyId }), similar: await similarGuns(ports) },
  };
}

/**
 * Says that a repository which exists neither here nor on the server is made, and with which root key.
 *
 * @returns what to hand to `createOnPublish`: a rotation may store another root key meanwhile
 * @throws NotaryError COLLECTION_CREATED when strict
 */
export async function cautionOfCreation(ports: RepositoryPorts): Promise<RootKeyChoice> {
  const { gun, caution } = ports;
  const { absent, rootKey, keyId, similar } = await creationInWords(ports);
  const meant = didYouMean(similar);
  caution(
    'COLLECTION_CREATED',
    `${absent}; it is made and published now, with ${rootKey}${meant}`,
    { gun, ...(keyId !== undefined && { key: keyId }) },
    `${absent}; nothing was made or published. To make it: tsnotary init ${shellWord(gun)} -p${meant}`,
  );
  return keyId === undefined ? {} : { keyId };
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
