/** Loads a collection that was initialized here and never published, and checks that it is one. */

import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError, rephrased, sameWords } from '../../errors.ts';
import { isDelegation } from '../../metadata/role-name.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { parseSnapshot } from '../../metadata/snapshot.ts';
import { parseTargets } from '../../metadata/targets.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { RepoBuilder } from '../../tuf/repo-builder.ts';
import { verifySignatures } from '../../tuf/verify-signatures.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { hasSeenPublished } from '../update/seen-published.ts';
import { keysInWords, listedKeysHere } from './listed-keys-here.ts';

/**
 * Loads root, targets and snapshot from the cache; there is no timestamp before the first publish.
 *
 * @returns undefined when root or targets is missing
 * @throws NotaryError of RepoBuilder for files that do not verify
 */
export async function loadUnpublished(
  ports: Pick<RepositoryPorts, 'gun' | 'cache' | 'clock'>,
): Promise<LoadedRepo | undefined> {
  const { gun, cache, clock } = ports;
  const builder = new RepoBuilder({ gun, pinning: noPinning, now: clock.now() });
  const root = await named(ports, 'root', (bytes) => builder.loadRoot(bytes, { minVersion: 1 }));
  if (root === undefined) return undefined;
  const targets = await named(ports, 'targets', (bytes) => {
    const envelope = parseEnvelope(bytes);
    verifySignatures(envelope, builder.signers('targets'), 'targets');
    return parseTargets(envelope, 'targets');
  });
  if (targets === undefined) return undefined;
  return {
    root,
    targets: new Map([['targets', targets]]),
    snapshot: await readSnapshot(cache, builder),
    unusable: new Map(),
  };
}

/**
 * A published collection is never created again from the cache: a signer who was revoked since would come back, and
 * the files of delegations would not be sent. Only a server gives out a timestamp, and versions above 1.
 *
 * @throws NotaryError REPOSITORY_DELETED, FILE_UNREADABLE
 */
export async function checkNeverPublished({ gun, cache, remote }: SeenPorts): Promise<void> {
  if (!(await hasSeenPublished(cache))) return;
  throw new NotaryError(
    'REPOSITORY_DELETED',
    `${gun} was published, but ${remote.location} does not have it any more`,
    {
      details: { gun, server: remote.location },
      hint: `Nothing is created again from the cache. If the repository was deleted on purpose, tsnotary delete ${shellWord(gun)}, then tsnotary init ${shellWord(gun)} begin anew; the trust in its root and the staged changes are lost then, and every other client that has seen it refuses the new root. Otherwise ask who runs the server.`,
    },
  );
}

type SeenPorts = Pick<RepositoryPorts, 'gun' | 'cache' | 'remote'>;

/**
 * Refuses when a root is cached. A collection of which only other files are here is half made: it begins anew.
 *
 * @throws NotaryError REPOSITORY_EXISTS, FILE_UNREADABLE
 */
export async function checkNothingCached(
  ports: Pick<RepositoryPorts, 'gun' | 'cache' | 'cryptoService'>,
): Promise<void> {
  const { gun, cache } = ports;
  if ((await cache.get('root')) === undefined) return;
  const keys = (await listedKeysHere(ports)).filter(({ role }) => role !== 'root');
  const orphans =
    keys.length === 0 ? '' : ` A new root would leave these keys here without a use: ${keysInWords(keys)}.`;
  const details = { gun, file: cache.location('root') };
  if ((await cache.get('timestamp')) === undefined) {
    throw new NotaryError(
      'REPOSITORY_EXISTS',
      `${gun} has been initialized on this machine already and was not published from here yet`,
      {
        details: { ...details, published: false },
        hint: `Publish it: tsnotary publish ${shellWord(gun)}. To begin anew instead, "tsnotary delete ${shellWord(gun)}" first: its root and its staged changes are lost then; private keys stay.${orphans}`,
      },
    );
  }
  throw new NotaryError(
    'REPOSITORY_EXISTS',
    `this machine trusts a published root of ${gun}; init does not overwrite it`,
    {
      details: { ...details, published: true },
      hint: `Nothing has to be initialized: stage changes and publish. If only the copy on this machine is wrong, "tsnotary delete ${shellWord(gun)}" forgets it, with what is staged, and the next command fetches it again. Only to begin anew for all its users is there "tsnotary delete ${shellWord(gun)} --remote": it asks nothing, all that was signed is lost, and every other client that has seen it refuses a new root; private keys stay.${orphans}`,
    },
  );
}

/** Reads a file of which this machine has the only copy. */
async function named<Result>(
  { gun, cache }: Pick<RepositoryPorts, 'gun' | 'cache'>,
  role: string,
  read: (bytes: Uint8Array) => Result,
): Promise<Result | undefined> {
  try {
    const bytes = await cache.get(role);
    return bytes === undefined ? undefined : read(bytes);
  } catch (cause) {
    if (!isNotaryError(cause)) throw cause;
    const file = cache.location(role);
    throw rephrased(cause, sameWords, {
      details: { gun, file },
      hint: `${file} cannot be used, and ${gun} has not been published, so that there is no other copy. To begin anew: tsnotary delete ${shellWord(gun)}, then tsnotary init ${shellWord(gun)}; that discards staged changes, too.`,
    });
  }
}

/**
 * A snapshot that cannot be used is created again when it is signed. What it says of delegations is left out: their
 * files are not sent along.
 */
async function readSnapshot(
  cache: RepositoryPorts['cache'],
  builder: RepoBuilder,
): Promise<LoadedRepo['snapshot']> {
  try {
    const bytes = await cache.get('snapshot');
    if (bytes === undefined) return undefined;
    const envelope = parseEnvelope(bytes);
    verifySignatures(envelope, builder.signers('snapshot'), 'snapshot');
    const { content } = parseSnapshot(envelope);
    const meta = new Map([...content.meta].filter(([role]) => !isDelegation(role)));
    return { envelope, content: { ...content, meta } };
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}
