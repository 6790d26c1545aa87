/** After an upload: does the server serve what it accepted? Only then is a publish reported as done. */

import { equalBytes } from '../encoding/bytes.ts';
import { asInteger } from '../encoding/json.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { type Envelope, parseEnvelope } from '../metadata/signed.ts';
import { parseSnapshot, type Snapshot } from '../metadata/snapshot.ts';
import { checkHashes, fileMetaOf, matches } from '../tuf/checksums.ts';
import type { Repo } from '../tuf/repo.ts';
import { verifySignatures } from '../tuf/verify-signatures.ts';
import { guessAhead } from './guess-ahead.ts';
import type { RepositoryPorts } from './repository-ports.ts';
import { consistentName } from './role-files.ts';
import { servedSnapshotMeta } from './served-timestamp.ts';

/**
 * Fetches timestamp and snapshot, verifies them against the keys just published, and checks that the
 * snapshot names, and the server serves, the very bytes that were sent. Files are asked for by the
 * hash of what was sent, together with the timestamp, so that this costs two round trips.
 *
 * @param sent role to bytes
 * @throws NotaryError PUBLISH_UNVERIFIED
 */
export async function readBack(
  ports: Pick<RepositoryPorts, 'gun' | 'remote'>,
  sent: ReadonlyMap<string, Uint8Array>,
  repo: Repo,
): Promise<void> {
  try {
    const [served, current] = await Promise.allSettled([
      serve(ports.remote, sent),
      currentSnapshot(guessAhead(ports.remote, sent.has('snapshot') ? [] : ['snapshot']), sent, repo),
    ]);
    if (served.status === 'rejected') throw served.reason;
    if (current.status === 'rejected') throw current.reason;
    const snapshot = current.value;
    for (const [role, bytes] of sent) {
      if (role !== 'snapshot') await checkListed(role, bytes, snapshot, ports, repo);
    }
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw unverified(ports.gun, error);
  }
}

/** Each uploaded file under its checksum name. */
async function serve(
  remote: RepositoryPorts['remote'],
  sent: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  await Promise.all(
    [...sent].map(async ([role, bytes]) => {
      const served = await remote.get(consistentName(role, fileMetaOf(bytes)), bytes.length);
      if (!equalBytes(served, bytes)) {
        throw new NotaryError(
          'CHECKSUM_MISMATCH',
          `the server serves other bytes for ${role} than it was sent`,
        );
      }
    }),
  );
}

async function currentSnapshot(
  remote: RepositoryPorts['remote'],
  sent: ReadonlyMap<string, Uint8Array>,
  repo: Repo,
): Promise<Snapshot> {
  const meta = await servedSnapshotMeta(remote, repo.signers('timestamp'));
  if (meta === undefined)
    throw new NotaryError(
      'CHECKSUM_MISSING',
      'no checksums for supported algorithms were provided for snapshot',
    );
  const own = sent.get('snapshot');
  // That the server serves what was sent is looked at for every file.
  const isOwn = own !== undefined && matches(own, meta);
  const bytes = isOwn ? own : await remote.get(consistentName('snapshot', meta), meta.length);
  checkHashes(bytes, meta, 'snapshot');
  const envelope = parseEnvelope(bytes);
  verifySignatures(envelope, repo.signers('snapshot'), 'snapshot');
  return parseSnapshot(envelope).content;
}

/**
 * The snapshot names what was sent, or something newer that is signed by the role's keys: then somebody
 * else has published on top of it meanwhile.
 */
async function checkListed(
  role: string,
  sent: Uint8Array,
  snapshot: Snapshot,
  { remote }: Pick<RepositoryPorts, 'remote'>,
  repo: Repo,
): Promise<void> {
  const listed = snapshot.meta.get(role);
  if (listed !== undefined && matches(sent, listed)) return;
  if (listed !== undefined) {
    const bytes = await remote.get(consistentName(role, listed), listed.length);
    checkHashes(bytes, listed, role);
    const newer = parseEnvelope(bytes);
    verifySignatures(newer, repo.signers(role), role);
    if (versionOf(newer) > versionOf(parseEnvelope(sent))) return;
  }
  throw new NotaryError(
    'CHECKSUM_MISMATCH',
    `the snapshot on the server does not name the ${role} that was sent`,
  );
}

function versionOf({ signed }: Envelope): number {
  return asInteger(signed.get('version'), 'version');
}

function unverified(gun: string, cause: NotaryError): NotaryError {
  return new NotaryError(
    'PUBLISH_UNVERIFIED',
    `the server accepted the changes to ${gun} but does not serve them: ${cause.message}`,
    {
      details: { gun, reason: cause.code },
      hint: `The staged changes are kept. Look at the collection with "list ${gun}"; if the changes are not there, publish again.`,
      cause,
    },
  );
}
