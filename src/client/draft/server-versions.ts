/**
 * Chooses versions for roles whose first file this client is about to make, above those that the server holds.
 *
 * A delegation that was deleted and made again, or whose signer was replaced, has older files on the server, which
 * takes nothing that is not newer. Notary 0.7.0 begins at version 1 and is refused for ever.
 */

import { asInteger, asObject, readJson } from '../../encoding/json.ts';
import { isNotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { isDelegation } from '../../metadata/role-name.ts';
import { baseRole } from '../../metadata/root.ts';
import type { Snapshot } from '../../metadata/snapshot.ts';
import { matches } from '../../tuf/checksums.ts';
import type { LoadedRepo, Repo } from '../../tuf/repo.ts';
import { consistentName } from '../fetch/fetch-metadata.ts';
import { servedSnapshotMeta } from '../fetch/served-timestamp.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/**
 * How far an unsigned number may raise a version above the last verified one. A version near the end of the range
 * could never be followed.
 */
const maxStep = 1024;

/**
 * The versions that the server claims for roles that it has just refused as too old, where they are at most so many
 * steps above the verified ones.
 *
 * @param snapshot the published snapshot, which may still list a role that is being made again
 * @param floors verified versions by role
 * @returns the floors, some of them raised
 */
export async function serverVersions(
  repo: Repo,
  snapshot: Snapshot | undefined,
  remote: RepositoryPorts['remote'],
  floors: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  const versions = new Map(floors);
  const dirty = [...repo.targets].filter(([role, draft]) => draft.dirty && isDelegation(role));
  await Promise.all(
    dirty.map(async ([role, { content }]) => {
      const verified = Math.max(content.version, floors.get(role) ?? 0);
      const claimed = await claimedVersion(role, snapshot, remote);
      if (claimed > verified && claimed <= verified + maxStep) versions.set(role, claimed);
    }),
  );
  return versions;
}

/**
 * The version in the server's file; 0 when there is none. Unverified: no remaining key could verify it, and it only
 * chooses the next version.
 */
async function claimedVersion(
  role: string,
  snapshot: Snapshot | undefined,
  remote: RepositoryPorts['remote'],
): Promise<number> {
  try {
    const bytes = await remote.get(consistentName(role, snapshot?.meta.get(role)), sizeLimits.file);
    const signed = asObject(asObject(readJson(bytes), role).get('signed'), role);
    return asInteger(signed.get('version'), 'version');
  } catch (error) {
    // Servers with a database answer 500 for a role that is in no snapshot.
    if (isNotaryError(error)) return 0;
    throw error;
  }
}

/**
 * True when the server has published something since this state was loaded.
 *
 * A version that the server claims must be older than the loaded state. One that another client has published
 * since would make this client's file, which knows nothing of theirs, the newer one, and the server would take it.
 *
 * @throws NotaryError ROLE_THRESHOLD and what reading may throw, for a timestamp that is not signed by the
 * role's keys; the server's codes
 */
export async function hasNewPublication(
  { root, snapshot }: LoadedRepo,
  remote: RepositoryPorts['remote'],
): Promise<boolean> {
  const named = await servedSnapshotMeta(remote, baseRole(root.content, 'timestamp'));
  return snapshot === undefined || !matches(snapshot.envelope.bytes, named);
}
