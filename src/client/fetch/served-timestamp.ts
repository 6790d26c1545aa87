/** Fetches the timestamp that the server serves at this moment, which says what is published now. */

import { NotaryError } from '../../errors.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { type Envelope, parseEnvelope } from '../../metadata/signed.ts';
import { parseTimestamp } from '../../metadata/snapshot.ts';
import { type RoleKeySet, verifySignatures } from '../../tuf/verify-signatures.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** The served timestamp, not verified. @throws NotaryError the server's codes and what reading may throw */
export async function servedTimestamp(remote: RepositoryPorts['remote']): Promise<Envelope> {
  return parseEnvelope(await remote.get('timestamp', sizeLimits.timestamp));
}

/**
 * What a timestamp says of the snapshot. Its version and expiry are not checked: it is evidence only of which files
 * the server serves.
 *
 * @throws NotaryError CHECKSUM_MISSING and what reading may throw
 */
export function parseServedTimestamp(envelope: Envelope): FileMeta {
  const meta = parseTimestamp(envelope).content.meta.get('snapshot');
  if (meta !== undefined) return meta;
  throw new NotaryError(
    'CHECKSUM_MISSING',
    'no checksums for supported algorithms were provided for snapshot',
    { details: { role: 'snapshot' } },
  );
}

/**
 * What the server's timestamp says of the snapshot, verified by these keys.
 *
 * @throws NotaryError ROLE_THRESHOLD, CHECKSUM_MISSING and what reading may throw; the server's codes
 */
export async function servedSnapshotMeta(
  remote: RepositoryPorts['remote'],
  signers: RoleKeySet,
): Promise<FileMeta> {
  const envelope = await servedTimestamp(remote);
  verifySignatures(envelope, signers, 'timestamp');
  return parseServedTimestamp(envelope);
}
