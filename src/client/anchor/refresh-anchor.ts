/** Replaces the cached root by the one that the server serves: when signatures prove it, or a person vouches for it. */

import { equalBytes } from '../../encoding/bytes.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { Finding } from '../../review/finding.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { pinFindings } from './anchor-findings.ts';
import { anchorPins, satisfies } from './anchor-pins.ts';
import { heldAnchor } from './held-anchor.ts';
import { type AnchorLook, type AnchorLookPorts, inspectAnchor } from './inspect-anchor.ts';
import type { ServedAnchor } from './served-anchor.ts';

export type RefreshPorts = AnchorLookPorts & Pick<RepositoryPorts, 'heldMetadata' | 'lock' | 'clock'>;

/**
 * `same`: nothing has to be done; `chain`: signatures prove the served root; `unproved`: it may be taken only when a
 * person vouches for it; `refused`: it may not be taken, and the findings say why.
 */
export type RefreshPlan = Pick<AnchorLook, 'held' | 'findings'> &
  (
    | { readonly outcome: 'refused'; readonly served: ServedAnchor | undefined }
    | { readonly outcome: 'same' | 'chain' | 'unproved'; readonly served: ServedAnchor }
  );

/** @throws NotaryError as `inspectAnchor` */
export async function planRefresh(ports: RefreshPorts, now: Date): Promise<RefreshPlan> {
  const { gun, pinning } = ports;
  const { held, served, findings } = await inspectAnchor(ports, now);
  if (served === undefined || served.proof === 'rollback')
    return { outcome: 'refused', held, served, findings };
  const pins = await anchorPins(ports, served.root, now);
  const trusted = served.proof !== 'unproved';
  const against = pinFindings(gun, pins, { trusted, disableTofu: pinning.disableTofu });
  const isBarred = !satisfies(pins) || (!trusted && pins.length === 0 && pinning.disableTofu);
  if (isBarred) return { outcome: 'refused', held, served, findings: against };
  const left = trusted ? [...findings.filter(isOfRoot), ...against] : against;
  return { outcome: served.proof, held, served, findings: left };
}

/** What is said of the root itself stays when that is taken; what was said of the cached one does not. */
function isOfRoot({ code }: Finding): boolean {
  return code === 'EXPIRED';
}

/**
 * Puts the served root into the cache, in one step. Where no signatures lead to it, what this machine has seen of the
 * collection below the former root counts no more (TUF 5.3.11): versions begin again. Staged changes and private keys
 * stay.
 *
 * @throws NotaryError COLLECTION_BUSY when another process has changed the cached root since the plan was made;
 * FILE_UNWRITABLE
 */
export async function takeRoot(
  ports: RefreshPorts,
  { held, served }: { readonly held: RefreshPlan['held']; readonly served: ServedAnchor },
): Promise<void> {
  const { gun, cache, lock } = ports;
  await lock.hold(async () => {
    const present = await heldAnchor(ports, ports.clock.now());
    if (!isSame(bytesOf(present), bytesOf(held)))
      throw new NotaryError(
        'COLLECTION_BUSY',
        `another process has changed the cached root of ${gun} meanwhile`,
        {
          details: { gun, file: cache.location('root') },
          hint: 'Nothing was changed. Run the command again.',
        },
      );
    if (served.proof === 'unproved' && held.kind === 'held') await forgetAllButRoot(ports);
    await cache.set('root', served.bytes);
  });
}

async function forgetAllButRoot({ gun, cache, heldMetadata }: RefreshPorts): Promise<void> {
  const listed = (await heldMetadata.files()).filter((file) => file.gun === gun).map(({ role }) => role);
  for (const role of new Set(['timestamp', 'snapshot', 'targets', ...listed])) {
    if (role !== 'root') await removeRole(cache, role);
  }
}

/** A file under a name that no role has is none of the cache's. */
async function removeRole(cache: RepositoryPorts['cache'], role: string): Promise<void> {
  try {
    await cache.remove(role);
  } catch (error) {
    if (!isNotaryError(error, 'INVALID_ROLE')) throw error;
  }
}

function bytesOf(anchor: RefreshPlan['held']): Uint8Array | undefined {
  return anchor.kind === 'none' ? undefined : anchor.bytes;
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one === undefined || other === undefined ? one === other : equalBytes(one, other);
}
