/**
 * Versions that the server holds of roles whose first file is about to be made here, and whether what was
 * loaded is still what the server serves.
 *
 * A delegation that was deleted and made again, or whose signer was replaced, has older files on the
 * server, which takes nothing that is not newer. Notary 0.7.0 begins at version 1 and is refused for ever.
 */

import { asInteger, asObject, readJson } from '../encoding/json.ts';
import { isNotaryError } from '../errors.ts';
import { isDelegation } from '../metadata/role-name.ts';
import { baseRole } from '../metadata/root.ts';
import type { Snapshot } from '../metadata/snapshot.ts';
import { matches } from '../tuf/checksums.ts';
import type { LoadedRepo, Repo } from '../tuf/repo.ts';
import type { RepositoryPorts } from './repository-ports.ts';
import { consistentName } from './role-files.ts';
import { servedSnapshotMeta } from './served-timestamp.ts';

const maxBytes = 100 * 1024 * 1024;

/** Larger numbers are not believed: a version near the end of the range could never be followed. */
const maxVersion = 2 ** 31 - 2;

/**
 * @param snapshot the published snapshot, which may still list a role that is being made again
 * @returns by role; roles that the server has never seen are left out
 */
export async function heldVersions(
  repo: Repo,
  snapshot: Snapshot | undefined,
  remote: RepositoryPorts['remote'],
): Promise<Map<string, number>> {
  const versions = new Map<string, number>();
  const begun = [...repo.targets].filter(([role, { bytes }]) => bytes === undefined && isDelegation(role));
  await Promise.all(
    begun.map(async ([role]) => {
      const known = repo.unusable.get(role)?.content.version;
      const version = known ?? (await askServer(role, snapshot, remote));
      if (version !== undefined) versions.set(role, version);
    }),
  );
  return versions;
}

async function askServer(
  role: string,
  snapshot: Snapshot | undefined,
  remote: RepositoryPorts['remote'],
): Promise<number | undefined> {
  try {
    const bytes = await remote.get(consistentName(role, snapshot?.meta.get(role)), maxBytes);
    // Not verified, for nobody who could vouch for it is left; it only chooses the next number.
    const signed = asObject(asObject(readJson(bytes), role).get('signed'), role);
    const version = asInteger(signed.get('version'), 'version');
    return version > 0 && version <= maxVersion ? version : undefined;
  } catch (error) {
    // Servers with a database answer 500 for a role that is in no snapshot.
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/**
 * True when the server has published something since this state was loaded.
 *
 * A held version must be older than the loaded state. One that somebody has published since would make
 * the own file, which knows nothing of theirs, the newer one, and the server would take it.
 *
 * @throws NotaryError ROLE_THRESHOLD and what reading may throw, for a timestamp that is not signed by the
 * role's keys; the server's codes
 */
export async function hasMovedOn(
  { root, snapshot }: LoadedRepo,
  remote: RepositoryPorts['remote'],
): Promise<boolean> {
  const named = await servedSnapshotMeta(remote, baseRole(root.content, 'timestamp'));
  return snapshot === undefined || named === undefined || !matches(snapshot.envelope.bytes, named);
}
