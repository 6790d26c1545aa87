/** A collection that has been initialized here and never published: its files in the cache. */

import { isNotaryError } from '../errors.ts';
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
  const [rootBytes, targetsBytes, snapshotBytes] = await Promise.all(
    ['root', 'targets', 'snapshot'].map((role) => cache.get(role)),
  );
  if (rootBytes === undefined || targetsBytes === undefined) return undefined;
  const builder = new RepoBuilder({ gun, pinning: noPinning, now: clock.now() });
  const root = builder.loadRoot(rootBytes, { minVersion: 1 });
  const targetsEnvelope = parseEnvelope(targetsBytes);
  verifySignatures(targetsEnvelope, builder.signers('targets'), 'targets');
  const targets = parseTargets(targetsEnvelope, 'targets');
  return {
    root,
    targets: new Map([['targets', targets]]),
    snapshot: snapshotBytes === undefined ? undefined : readSnapshot(snapshotBytes, builder),
    unusable: new Map(),
  };
}

/** A snapshot that cannot be used is made anew when it is signed. */
function readSnapshot(bytes: Uint8Array, builder: RepoBuilder): LoadedRepo['snapshot'] {
  try {
    const envelope = parseEnvelope(bytes);
    verifySignatures(envelope, builder.signers('snapshot'), 'snapshot');
    return parseSnapshot(envelope);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}
