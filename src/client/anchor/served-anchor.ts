/** Fetches the root that the server serves, and finds whether signatures lead to it from the one that is trusted. */

import { isNotaryError, NotaryError } from '../../errors.ts';
import { hasExpired } from '../../metadata/expiry.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import { RepoBuilder } from '../../tuf/repo-builder.ts';
import { VerificationAllowance } from '../../tuf/verification-allowance.ts';
import { withRole } from '../fetch/deferred-failure.ts';
import { boundedRemote } from '../fetch/download-limit.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { saysTheSame } from '../update/rollback-checks.ts';
import { followRootChain } from '../update/update-root.ts';
import type { HeldAnchor } from './held-anchor.ts';

/**
 * `same`: it is the trusted root; `chain`: each root from the trusted one on is signed by the one before; `unproved`: no
 * signatures lead to it; `rollback`: it is older than the trusted one, or another under the same version.
 */
export type Proof = 'same' | 'chain' | 'unproved' | 'rollback';

export interface ServedAnchor {
  readonly bytes: Uint8Array;
  readonly root: Signed<Root>;
  readonly proof: Proof;
  /** The roots on the way from the trusted one to this one, without the two. */
  readonly between: readonly Signed<Root>[];
  /** Why there is no proof; undefined where there is one, or where nothing is trusted yet. */
  readonly problem?: NotaryError;
}

type AnchorPorts = Pick<RepositoryPorts, 'gun' | 'remote'>;

/** Failures that say nothing of the roots: the server could not be asked. */
const unasked = [
  'OFFLINE',
  'NETWORK',
  'SERVER_UNAVAILABLE',
  'MALICIOUS_SERVER',
  'UNAUTHORIZED',
  'INVALID_OPERATION',
] as const;

/**
 * The server's newest root, which is sound in itself: certificates for the GUN, its own threshold. Pins are not looked at.
 *
 * @throws NotaryError REPOSITORY_NOT_EXIST; EXPIRED; ROOT_VALIDATION and the other codes of `RepoBuilder.loadRoot` for a
 * root that no client takes; the codes of the server's answers
 */
export async function servedAnchor(
  { gun, remote: callersRemote }: AnchorPorts,
  held: HeldAnchor,
  now: Date,
): Promise<ServedAnchor> {
  const remote = boundedRemote(callersRemote, gun);
  const allowance = new VerificationAllowance();
  const bytes = await rootOf(gun, remote);
  const acceptsExpired = (role: string) => role === 'root';
  const builder = new RepoBuilder({ gun, pinning: noPinning, now, allowance, acceptsExpired });
  const root = builder.loadRoot(bytes, { minVersion: 1 });
  const trusted = held.kind === 'held' ? held.root : undefined;
  if (trusted !== undefined && isRollback(trusted, root, now))
    return { bytes, root, proof: 'rollback', between: [], problem: rollback(gun, trusted, root) };
  const isSame =
    trusted?.content.version === root.content.version && saysTheSame(trusted.envelope, root.envelope);
  if (isSame) return { bytes, root, proof: 'same', between: [] };
  // Thrown here: an expired root is taken by no client, whatever leads to it.
  new RepoBuilder({ gun, pinning: noPinning, now, allowance }).loadRoot(bytes, { minVersion: 1 });
  if (trusted === undefined) return { bytes, root, proof: 'unproved', between: [] };
  const between: Signed<Root>[] = [];
  try {
    const settings = { gun, pinning: noPinning, now, rootMeta: undefined, allowance };
    // The newest root has been fetched; a second answer might be another one.
    const same = {
      ...remote,
      get: (name: string, limit: number) =>
        name === 'root' ? Promise.resolve(bytes) : remote.get(name, limit),
    };
    await followRootChain(
      { remote: same },
      { ...settings, onStep: (step) => between.push(step) },
      trusted,
      sizeLimits.download,
    );
    return { bytes, root, proof: 'chain', between };
  } catch (problem) {
    if (!isNotaryError(problem) || isNotaryError(problem, ...unasked)) throw problem;
    return { bytes, root, proof: 'unproved', between: [], problem };
  }
}

async function rootOf(gun: string, remote: RepositoryPorts['remote']): Promise<Uint8Array> {
  try {
    return await withRole('root', remote.get('root', sizeLimits.download));
  } catch (error) {
    if (!isNotaryError(error, 'METADATA_NOT_FOUND')) throw error;
    throw new NotaryError('REPOSITORY_NOT_EXIST', `${remote.location} does not have trust data for ${gun}`, {
      details: { gun, server: remote.location, resource: 'root' },
      cause: error,
    });
  }
}

/**
 * An older root of the same collection, or a second one of the present version. One that shares no certificate with the
 * trusted root is of a collection that was made anew: no signatures prove it, and its versions begin again.
 */
function isRollback(trusted: Signed<Root>, served: Signed<Root>, now: Date): boolean {
  const { version } = trusted.content;
  if (served.content.version > version || !isRelated(trusted.content, served.content)) return false;
  if (served.content.version < version) return true;
  const expired = hasExpired(trusted.content.expires, now);
  return !expired && !saysTheSame(trusted.envelope, served.envelope);
}

/** True for two roots of one collection: Notary keeps the former root certificates among the keys of a root. */
export function isRelated(one: Root, other: Root): boolean {
  const rootKeys = ({ roles }: Root) => roles.get('root')?.keyIds ?? [];
  return rootKeys(one).some((id) => other.keys.has(id)) || rootKeys(other).some((id) => one.keys.has(id));
}

function rollback(gun: string, trusted: Signed<Root>, served: Signed<Root>): NotaryError {
  const [expected, version] = [trusted.content.version, served.content.version];
  const message =
    version === expected
      ? `version ${version} of the root of ${gun} has been seen with other content`
      : `the server shows version ${version} of the root of ${gun}, which is older than the trusted version ${expected}`;
  return new NotaryError('LOW_VERSION', message, { details: { gun, role: 'root', version, expected } });
}
