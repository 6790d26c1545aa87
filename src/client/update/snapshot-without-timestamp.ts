/**
 * Finds the newest snapshot by its versions, where the server cannot give a timestamp because the snapshot or the root
 * has expired: the server answers 500 for timestamp and snapshot until the holder of the key has uploaded a new one
 * (Notary 0.7.0).
 */

import { isNotaryError, NotaryError } from '../../errors.ts';
import { hasExpired } from '../../metadata/expiry.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { parseSnapshot } from '../../metadata/snapshot.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';
import { fileMetaOf } from '../../tuf/checksums.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import { verifySignatures } from '../../tuf/verify-signatures.ts';
import { lastTrusted } from './rollback-checks.ts';
import { certificatesInDate } from './root-certificates-in-date.ts';
import type { UpdateRun } from './update-run.ts';

/**
 * Names the newest snapshot to the builder, in place of the timestamp. Nothing vouches for its being the newest but the
 * versions that the server has, and the one in the cache.
 *
 * @param failure why the server gave no timestamp
 * @throws NotaryError the failure itself, when neither an expired snapshot nor an expired root explains it
 */
export async function nameSnapshotByVersion(
  run: UpdateRun,
  builder: RepoBuilder,
  failure: NotaryError,
): Promise<void> {
  if (run.acceptsExpired?.('snapshot') !== true || !isNotaryError(failure, 'SERVER_UNAVAILABLE'))
    throw failure;
  const { cache } = run.ports;
  const signers = builder.signers('snapshot');
  const cached = await cache.get('snapshot');
  const seen = lastTrusted(cached, { role: 'snapshot', signers, now: run.replaceableAt });
  const bytes = (await newestSnapshot(run.ports, seen?.version)) ?? seen?.bytes;
  if (bytes === undefined || !(isExpired(bytes, run) || isRootExpired(builder, run))) throw failure;
  verifySignatures(parseEnvelope(bytes), signers, 'snapshot', run.allowance);
  builder.setSnapshotMeta(fileMetaOf(bytes));
}

/** The first version that is published is 1 or 2; a restored repository may begin a little later. */
const firstVersions = [1, 2, 3, 4];

/** Steps double, so that a server without gaps is asked far less often, whatever its version. */
const maxAsked = 256;

/**
 * Goes up from a version that was seen, or from the first one. Versions have no gaps, since each publish raises them by
 * one.
 *
 * @returns undefined when there is none above the one that was seen
 * @throws NotaryError MALICIOUS_SERVER for a server that has ever more versions
 */
async function newestSnapshot(
  { gun, remote }: Pick<UpdateRun['ports'], 'gun' | 'remote'>,
  seen: number | undefined,
): Promise<Uint8Array | undefined> {
  let newest: Uint8Array | undefined;
  let known = seen ?? 0;
  for (const version of seen === undefined ? firstVersions : []) {
    newest = await versionOrNone(remote, version);
    known = version;
    if (newest !== undefined) break;
  }
  if (seen === undefined && newest === undefined) return undefined;
  let asked = 0;
  for (let step = 1; step >= 1; ) {
    if (++asked > maxAsked || known + step > Number.MAX_SAFE_INTEGER) throw tooManyVersions(gun);
    const bytes = await versionOrNone(remote, known + step);
    if (bytes !== undefined) {
      newest = bytes;
      known += step;
      step *= 2;
    } else step = step === 1 ? 0 : Math.floor(step / 2);
  }
  return newest;
}

function tooManyVersions(gun: string): NotaryError {
  return new NotaryError(
    'MALICIOUS_SERVER',
    `the server claims to have more versions of the snapshot of ${gun} than there can be`,
    { details: { gun, role: 'snapshot' } },
  );
}

async function versionOrNone(
  remote: Pick<RemoteStore, 'get'>,
  version: number,
): Promise<Uint8Array | undefined> {
  try {
    return await remote.get(`${version}.snapshot`, sizeLimits.servedAlone);
  } catch (error) {
    if (isNotaryError(error, 'METADATA_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The server signs nothing below a root whose time, or whose certificates' time, has passed. */
function isRootExpired({ root }: RepoBuilder, { startTime, ports }: UpdateRun): boolean {
  if (root === undefined) return false;
  const isPast = hasExpired(root.content.expires, startTime);
  return isPast || certificatesInDate(root, ports.gun, startTime) !== 'hold';
}

function isExpired(bytes: Uint8Array, { startTime }: UpdateRun): boolean {
  const { content } = parseSnapshot(parseEnvelope(bytes, sizeLimits.servedAlone));
  return hasExpired(content.expires, startTime);
}
