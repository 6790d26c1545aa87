/**
 * Refuses to work below an unpinned root: a cached one that a pin contradicts. The refusal comes before any request to
 * the server.
 */

import { checkLaterPins } from '../update/later-pins.ts';
import type { UpdatePorts } from '../update/update-run.ts';
import { heldAnchor } from './held-anchor.ts';

/** @throws NotaryError ROOT_NOT_PINNED */
export async function refuseUnpinned(ports: UpdatePorts): Promise<void> {
  if (ports.pinning.certs.size + ports.pinning.ca.size === 0) return;
  const now = ports.clock.now();
  const held = await heldAnchor(ports, now);
  if (held.kind === 'held') await checkLaterPins(ports, held.root, { now, writes: true });
}
