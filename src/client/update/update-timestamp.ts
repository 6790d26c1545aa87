/** Updates the timestamp (TUF 5.4), with a cached one where the server cannot be reached (Notary 0.7.0). */

import { equalBytes } from '../../encoding/bytes.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import { hasDifferentContent, lastTrusted, snapshotWasSeen } from './rollback-checks.ts';
import { nameSnapshotByVersion } from './snapshot-without-timestamp.ts';
import type { UpdateRun } from './update-run.ts';

/** @throws NotaryError why the server gave no timestamp when none is cached; every code of `loadTimestamp` */
export async function updateTimestamp(run: UpdateRun, builder: RepoBuilder): Promise<void> {
  const { cache, log } = run.ports;
  // TUF 5.4.1: download the timestamp.
  const [answer, cached] = await Promise.all([run.downloadTimestamp(), cache.get('timestamp')]);
  if (answer instanceof NotaryError) {
    if (run.mayLackTimestamp) return nameSnapshotByVersion(run, builder, answer);
    if (!mayUseCachedTimestamp(answer) || cached === undefined) throw answer;
    log.warn(
      'Error while downloading remote metadata, using cached timestamp - this might not be the latest version available remotely',
    );
    builder.loadTimestamp(cached, { minVersion: 1 });
    run.noteUnasked(answer);
    return;
  }
  const check = { role: 'timestamp', signers: builder.signers('timestamp'), now: run.startTime };
  const seen = lastTrusted(cached, { ...check, received: answer });
  const replaced = seen !== undefined && hasDifferentContent(seen, lastTrusted(answer, check));
  if (replaced && (await snapshotWasSeen(seen.bytes, cache))) {
    log.warn(
      `the server served a different timestamp with the same version (${seen.version}); continuing with the one seen earlier`,
      'TIMESTAMP_REPLACED',
    );
    builder.loadTimestamp(seen.bytes, { minVersion: 1 });
    return;
  }
  // TUF 5.4.2 to 5.4.4: signatures, rollback, expiry.
  builder.loadTimestamp(answer, { minVersion: seen?.version ?? 1 });
  // TUF 5.4.5. Mostly nothing has changed, and forcing a file to disk takes its time.
  if (cached === undefined || !equalBytes(cached, answer)) await cache.set('timestamp', answer);
}

/** True when the server's failure is one that a cached timestamp may bridge (Notary 0.7.0). */
function mayUseCachedTimestamp(error: NotaryError): boolean {
  return isNotaryError(
    error,
    'METADATA_NOT_FOUND',
    'SERVER_UNAVAILABLE',
    'OFFLINE',
    'NETWORK',
    'UNAUTHORIZED',
  );
}
