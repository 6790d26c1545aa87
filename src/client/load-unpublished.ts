/** A collection that has been initialized here and never published: its files in the cache. */

import { shellWord } from '../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { parseEnvelope } from '../metadata/signed.ts';
import { parseSnapshot } from '../metadata/snapshot.ts';
import { parseTargets } from '../metadata/targets.ts';
import { noPinning } from '../trust-pinning/trust-pinning.ts';
import type { LoadedRepo } from '../tuf/repo.ts';
import { RepoBuilder } from '../tuf/repo-builder.ts';
import { verifySignatures } from '../tuf/verify-signatures.ts';
import type { RepositoryPorts } from './repository-ports.ts';

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

/** Reads a file that nobody else has. */
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
    throw new NotaryError(cause.code, cause.message, {
      details: { ...cause.details, gun, file },
      hint: `${file} cannot be used, and ${gun} has not been published, so that there is no other copy. To begin anew, "delete ${shellWord(gun)}" and "init ${shellWord(gun)}"; that discards staged changes, too.`,
      cause,
    });
  }
}

/** A snapshot that cannot be used is made anew when it is signed. */
async function readSnapshot(
  cache: RepositoryPorts['cache'],
  builder: RepoBuilder,
): Promise<LoadedRepo['snapshot']> {
  try {
    const bytes = await cache.get('snapshot');
    if (bytes === undefined) return undefined;
    const envelope = parseEnvelope(bytes);
    verifySignatures(envelope, builder.signers('snapshot'), 'snapshot');
    return parseSnapshot(envelope);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}
