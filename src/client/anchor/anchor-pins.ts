/**
 * Compares the anchor with the pins of the configuration: a pin may name the root itself, or one of the roots before
 * it.
 */

import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import { type ApplyingPin, applyingPins } from '../../trust-pinning/applying-pins.ts';
import { verifySignatures } from '../../tuf/verify-signatures.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { pinnedFormerRoot } from '../update/later-pins.ts';

export interface AnchorPin extends ApplyingPin {
  /** It names the certificate of a former root, of this version, from which signatures lead to the present one. */
  readonly provedFrom?: number;
}

/**
 * The pins for the GUN, the one in force first. The server is asked for former roots only where that pin does not name
 * the root itself.
 */
export async function anchorPins(
  { gun, pinning, remote }: Pick<RepositoryPorts, 'gun' | 'pinning' | 'remote'>,
  root: Signed<Root> | undefined,
  now: Date,
): Promise<readonly AnchorPin[]> {
  const known = root && { root, now, verify: verifySignatures };
  const [inForce, ...others] = applyingPins(pinning, gun, known);
  if (inForce === undefined) return [];
  if (root === undefined || inForce.verdict !== 'contradicts') return [inForce, ...others];
  const provedFrom = await pinnedFormerRoot({ gun, pinning, remote }, root, now);
  return [{ ...inForce, ...(provedFrom !== undefined && { provedFrom }) }, ...others];
}

/** True when a root may be trusted by the pins: the one in force names it, or a root that it follows from. */
export function satisfies(pins: readonly AnchorPin[]): boolean {
  const [inForce] = pins;
  return inForce === undefined || inForce.verdict === 'matches' || inForce.provedFrom !== undefined;
}
