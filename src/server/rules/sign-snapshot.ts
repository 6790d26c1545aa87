/**
 * Signs what the server itself signs: every timestamp, and the snapshot when it holds the snapshot key.
 *
 * The hashes in them are of the files as the server would write them, not of the files as sent (Notary 0.7.0); see
 * go-serialisation.ts.
 */

import { NotaryError } from '../../errors.ts';
import { expiryFor, hasExpired } from '../../metadata/expiry.ts';
import { baseRole, type Root } from '../../metadata/root.ts';
import { type Envelope, parseEnvelope, type Signed } from '../../metadata/signed.ts';
import {
  parseSnapshot,
  parseTimestamp,
  type Snapshot,
  snapshotToJson,
  type Timestamp,
  timestampToJson,
} from '../../metadata/snapshot.ts';
import type { Targets } from '../../metadata/targets.ts';
import { checkHashes, fileMetaOf, matches, sha256Hex } from '../../tuf/checksums.ts';
import { verifySignatures } from '../../tuf/verify-signatures.ts';
import type { NotaryServer } from '../server.ts';
import { signWithServerKeys } from '../store/server-keys.ts';
import type { FileUpdate, StoredFile } from '../store/store.ts';
import { goForm } from './go-serialisation.ts';
import { loadRoot } from './load-root.ts';

/** The metadata that a snapshot is made from. */
export interface SnapshotSources {
  readonly root: Signed<Root>;
  /** `targets` and delegations that have been loaded; what the previous snapshot says of others is kept. */
  readonly targets: ReadonlyMap<string, Signed<Targets>>;
  readonly previous: Signed<Snapshot> | undefined;
}

/** @throws NotaryError VALIDATION when a first snapshot lacks targets; INSUFFICIENT_SIGNATURES */
export async function signSnapshot(server: NotaryServer, sources: SnapshotSources): Promise<FileUpdate> {
  const { root, targets, previous } = sources;
  if (previous === undefined && !targets.has('targets')) {
    throw new NotaryError('VALIDATION', 'targets must be loaded first');
  }
  const meta = new Map(previous?.content.meta);
  for (const [role, { envelope }] of [['root', root] as const, ...targets]) {
    meta.set(role, fileMetaOf(goForm(role, envelope)));
  }
  const version = (previous?.content.version ?? 0) + 1;
  const signed = snapshotToJson({ meta, version, expires: expiryFor('snapshot', server.clock.now()) });
  const { bytes } = await signWithServerKeys(server.store, signed, baseRole(root.content, 'snapshot'));
  return { role: 'snapshot', version, bytes };
}

/** @throws NotaryError INSUFFICIENT_SIGNATURES */
export async function signTimestamp(
  server: NotaryServer,
  root: Root,
  snapshot: Envelope,
  previous: Signed<Timestamp> | undefined,
): Promise<FileUpdate> {
  const meta = new Map(previous?.content.meta).set('snapshot', fileMetaOf(goForm('snapshot', snapshot)));
  const version = (previous?.content.version ?? 0) + 1;
  const signed = timestampToJson({ meta, version, expires: expiryFor('timestamp', server.clock.now()) });
  const { bytes } = await signWithServerKeys(server.store, signed, baseRole(root, 'timestamp'));
  return { role: 'timestamp', version, bytes };
}

/** The timestamp and the snapshot that it names. */
export interface CurrentFiles {
  readonly timestamp: StoredFile;
  readonly snapshot: StoredFile;
}

/**
 * The current timestamp and snapshot of a GUN; what has expired is signed again and stored first.
 *
 * @returns undefined when the GUN, or a file that its timestamp leads to, is not in the store
 * @throws NotaryError INSUFFICIENT_SIGNATURES when the server does not hold the key to sign anew, and what loading
 * the root may throw
 */
export async function currentFiles(server: NotaryServer, gun: string): Promise<CurrentFiles | undefined> {
  const now = server.clock.now();
  const timestamp = await server.store.current(gun, 'timestamp');
  if (timestamp === undefined) return undefined;
  const parsed = parseTimestamp(parseEnvelope(timestamp.bytes));
  const named = parsed.content.meta.get('snapshot');
  const snapshot = await server.store.byChecksum(gun, 'snapshot', (named && sha256Hex(named)) ?? '');
  if (named === undefined || snapshot === undefined) return undefined;
  const signed = parseSnapshot(parseEnvelope(snapshot.bytes));
  const snapshotExpired = hasExpired(signed.content.expires, now);
  if (!snapshotExpired && !hasExpired(parsed.content.expires, now) && matches(snapshot.bytes, named)) {
    return { timestamp, snapshot };
  }

  const stored = await server.store.current(gun, 'root');
  if (stored === undefined) return undefined;
  const root = loadRoot(stored.bytes, { gun, now });
  const updates: FileUpdate[] = [];
  let bytes = snapshot.bytes;
  if (snapshotExpired) {
    const renewed = await signSnapshot(server, { root, targets: new Map(), previous: signed });
    updates.push(renewed);
    bytes = renewed.bytes;
  }
  const envelope = verifiedSnapshot(bytes, root);
  const renewed = await signTimestamp(server, root.content, envelope, parsed);
  updates.push(renewed);
  await server.store.update(gun, updates, now);
  return { timestamp: { ...renewed, storedAt: now }, snapshot: { ...snapshot, bytes, storedAt: now } };
}

function verifiedSnapshot(bytes: Uint8Array, root: Signed<Root>): Envelope {
  const envelope = parseEnvelope(bytes);
  verifySignatures(envelope, baseRole(root.content, 'snapshot'), 'snapshot');
  const meta = parseSnapshot(envelope).content.meta.get('root');
  if (meta !== undefined) checkHashes(root.envelope.bytes, meta, 'root');
  return envelope;
}
