/** The timestamp that the server serves at this moment: what it says is there now. */

import type { FileMeta } from '../metadata/file-meta.ts';
import { parseEnvelope } from '../metadata/signed.ts';
import { parseTimestamp } from '../metadata/snapshot.ts';
import { type Signers, verifySignatures } from '../tuf/verify-signatures.ts';
import type { RepositoryPorts } from './repository-ports.ts';

/** Bytes of the longest timestamp that is read (Notary 0.7.0). */
export const maxTimestampBytes = 1024 * 1024;

/**
 * What the server's timestamp says of the snapshot; undefined when it says nothing. Its version and expiry
 * are not judged: nothing is believed because of it but that these files are what is served.
 *
 * @throws NotaryError ROLE_THRESHOLD and what reading may throw; the server's codes
 */
export async function servedSnapshotMeta(
  remote: RepositoryPorts['remote'],
  signers: Signers,
): Promise<FileMeta | undefined> {
  const envelope = parseEnvelope(await remote.get('timestamp', maxTimestampBytes));
  verifySignatures(envelope, signers, 'timestamp');
  return parseTimestamp(envelope).content.meta.get('snapshot');
}
