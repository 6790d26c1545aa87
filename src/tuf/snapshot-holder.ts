/**
 * Tells from a root who holds the snapshot key: the server or an owner. Clients make ECDSA keys for the snapshot; a server
 * makes its keys for timestamp and snapshot of one kind, Ed25519 where it signs by itself (Notary 0.7.0).
 */

import { baseRole, type Root } from '../metadata/root.ts';

/** `unknown`: a server with a signer of its own makes ECDSA keys, as clients do. */
export type SnapshotHolder = 'server' | 'owner' | 'unknown';

/** Who made the snapshot key, as far as its kind tells. */
export function snapshotHolder(root: Root): SnapshotHolder {
  const [own, timestamp] = ['snapshot', 'timestamp'].map(
    (role) => new Set([...baseRole(root, role).keys.values()].map(({ keyType }) => keyType)),
  );
  if (own === undefined || timestamp === undefined) return 'unknown';
  if (![...own].some((kind) => timestamp.has(kind))) return 'owner';
  return own.has('ecdsa') ? 'unknown' : 'server';
}
