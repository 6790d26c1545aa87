/**
 * Reads the held anchor: the root that this machine trusts, or what is wrong with one that cannot be the anchor of
 * trust.
 */

import { isNotaryError, type NotaryError } from '../../errors.ts';
import { parseRoot, type Root } from '../../metadata/root.ts';
import { parseEnvelope, type Signed } from '../../metadata/signed.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import { RepoBuilder } from '../../tuf/repo-builder.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { type DescribedRoot, describeRoot } from './described-root.ts';

export type HeldAnchor =
  | { readonly kind: 'none' }
  | { readonly kind: 'held'; readonly bytes: Uint8Array; readonly root: Signed<Root> }
  | {
      readonly kind: 'damaged';
      /** Undefined when the file cannot be read at all. */
      readonly bytes: Uint8Array | undefined;
      readonly reason: NotaryError;
      /** What the file says, unverified, where it can be read as a root. */
      readonly claims: DescribedRoot | undefined;
    };

/** The cached root, verified as an update does it. That it or its certificate has expired is no damage: it was good once. */
export async function heldAnchor(
  { gun, cache }: Pick<RepositoryPorts, 'gun' | 'cache'>,
  now: Date,
): Promise<HeldAnchor> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await cache.get('root');
    return bytes === undefined ? { kind: 'none' } : { kind: 'held', bytes, root: loaded(gun, bytes, now) };
  } catch (reason) {
    if (!isNotaryError(reason)) throw reason;
    return { kind: 'damaged', bytes, reason, claims: bytes && claimsOf(bytes, now) };
  }
}

function loaded(gun: string, bytes: Uint8Array, now: Date): Signed<Root> {
  const acceptsExpired = (role: string) => role === 'root';
  return new RepoBuilder({ gun, pinning: noPinning, now, acceptsExpired }).loadRoot(bytes, { minVersion: 1 });
}

function claimsOf(bytes: Uint8Array, now: Date): DescribedRoot | undefined {
  try {
    return describeRoot(parseRoot(parseEnvelope(bytes)), now);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}
