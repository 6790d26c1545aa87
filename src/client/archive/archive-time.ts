/** Finds the time of an archived repository: when the server signed the archived timestamp. */

import type { RepositoryRecord } from '../../archive/repository-record.ts';
import { parseInstant } from '../../encoding/rfc3339.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { parseSnapshot, parseTimestamp } from '../../metadata/snapshot.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';

/** How long Notary's server lets a timestamp be good for (Notary 0.7.0). */
export const timestampLifetime = 14 * 24 * 60 * 60 * 1000;

/**
 * The time by which an archive is read: when its timestamp was signed, which is 14 days before it expires. Without a
 * timestamp it is the expiry of the snapshot, which kept the server from signing one. None of it is verified here; who
 * can make up a timestamp can make up the time.
 *
 * @throws NotaryError METADATA_NOT_FOUND without both; what reading may throw
 */
export async function archiveTime(
  remote: Pick<RemoteStore, 'get'>,
  { files }: Pick<RepositoryRecord, 'files'>,
): Promise<Date> {
  const has = (role: string) => files.some((file) => file.role === role && file.current);
  if (has('timestamp') || !has('snapshot')) {
    const envelope = parseEnvelope(await remote.get('timestamp', sizeLimits.timestamp));
    return new Date(parseInstant(parseTimestamp(envelope).content.expires) - timestampLifetime);
  }
  const envelope = parseEnvelope(await remote.get('snapshot', sizeLimits.servedAlone));
  return new Date(parseInstant(parseSnapshot(envelope).content.expires));
}
