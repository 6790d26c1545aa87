/**
 * Looks at the server that a repository is restored to: it holds nothing of it, or what an earlier run of this very
 * restore has sent. Everything else is another's, and is left alone.
 */

import { parseInstant } from '../../encoding/rfc3339.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { ancestorsOf, isDelegation } from '../../metadata/role-name.ts';
import { baseRole, parseRoot, type Root } from '../../metadata/root.ts';
import { parseEnvelope, type Signed } from '../../metadata/signed.ts';
import { parseSnapshot, parseTimestamp, type Snapshot, type Timestamp } from '../../metadata/snapshot.ts';
import { parseTargets } from '../../metadata/targets.ts';
import { checkHashes, matches } from '../../tuf/checksums.ts';
import { verifySignatures } from '../../tuf/verify-signatures.ts';
import { asResult } from '../fetch/deferred-failure.ts';
import { consistentName } from '../fetch/fetch-metadata.ts';
import { parseServedTimestamp } from '../fetch/served-timestamp.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { type ServerKeys, serverKeysOf } from './moved-root.ts';
import { type SourceState, serves } from './source.ts';

/** What the new server holds of this restore. */
export interface Begun {
  readonly root: Signed<Root>;
  readonly snapshot: Signed<Snapshot>;
  readonly timestamp: Signed<Timestamp>;
  readonly keys: ServerKeys;
  /** Roles of which the new server has newer files already: their signers have published there since. */
  readonly newer: readonly string[];
}

type LookPorts = Pick<RepositoryPorts, 'gun' | 'remote'>;

/**
 * @param before what was seen last: its root is not fetched again while the snapshot names it
 * @returns undefined when the server has no trust data for the GUN
 * @throws NotaryError REPOSITORY_EXISTS when it has other trust data than this restore sends; SERVER_UNAVAILABLE when it is no
 * Notary server; the codes of its answers, and of what they hold
 */
export async function lookAtDestination(
  ports: LookPorts,
  source: SourceState,
  before?: Begun,
): Promise<Begun | undefined> {
  const answer = await asResult(ports.remote.get('timestamp', sizeLimits.timestamp));
  if (answer instanceof NotaryError) {
    if (!isNotaryError(answer, 'METADATA_NOT_FOUND')) throw answer;
    if (!(await serves(ports.remote, 'root'))) {
      await checkIsNotaryServer(ports, answer);
      return undefined;
    }
    throw otherData(ports, 'timestamp');
  }
  const timestamp = parseTimestamp(parseEnvelope(answer));
  const snapshot = await fetchSnapshot(ports.remote, timestamp);
  const root = await fetchRoot(ports.remote, snapshot.content, before?.root);
  const keys = serverKeysOf(root, source.root);
  if (keys === undefined || root.content.version > lastVersionOf(source)) throw otherData(ports, 'root');
  verifySignatures(timestamp.envelope, baseRole(root.content, 'timestamp'), 'timestamp');
  verifySignatures(snapshot.envelope, baseRole(root.content, 'snapshot'), 'snapshot');
  if (before === undefined) await checkBegunHere(ports, source, root.content);
  const newer = await newerRoles(ports, snapshot.content, source);
  return { root, snapshot, timestamp, keys, newer };
}

/** The version of the last root that is sent: readers have seen the one of the source. */
export function lastVersionOf({ root }: SourceState): number {
  return root.content.version + 1;
}

/**
 * Notary's server says METADATA_NOT_FOUND. Whatever says less is asked for the key that a restore needs first.
 *
 * @param absence the answer to the request for the timestamp
 * @throws NotaryError SERVER_UNAVAILABLE when it knows nothing of keys either: an image registry, for one
 */
async function checkIsNotaryServer({ gun, remote }: LookPorts, { details }: NotaryError): Promise<void> {
  if (details['serverCode'] === 'METADATA_NOT_FOUND') return;
  const key = await asResult(remote.getKey('timestamp'));
  if (!(key instanceof NotaryError) || !isNotaryError(key, 'METADATA_NOT_FOUND')) return;
  throw new NotaryError('SERVER_UNAVAILABLE', `no Notary server answers at ${remote.location}`, {
    details: { gun, server: remote.location },
    hint: 'Nothing was sent. An image registry keeps no trust data: give the URL of its trust server with --to.',
  });
}

/**
 * The root of a server from which the source was restored says the same as the beginning of a restore of the source: only
 * its age tells them apart. A restore sends no version 1. A server that was itself restored has none either; its first
 * timestamp is older than the one of the source.
 *
 * @throws NotaryError REPOSITORY_EXISTS when it was there before the source was
 */
async function checkBegunHere(ports: LookPorts, source: SourceState, root: Root): Promise<void> {
  if (await serves(ports.remote, '1.root')) throw otherData(ports, 'root');
  if (source.hasFirstRoot) return;
  const answer = await asResult(ports.remote.get('1.timestamp', sizeLimits.timestamp));
  if (answer instanceof NotaryError && !isNotaryError(answer, 'METADATA_NOT_FOUND')) throw answer;
  if (answer instanceof NotaryError) throw otherData(ports, 'timestamp');
  const first = parseTimestamp(parseEnvelope(answer));
  verifySignatures(first.envelope, baseRole(root, 'timestamp'), 'timestamp');
  if (parseInstant(first.content.expires) < parseInstant(source.timestamp.content.expires))
    throw otherData(ports, 'timestamp');
}

async function fetchSnapshot(
  remote: RepositoryPorts['remote'],
  { envelope }: Signed<Timestamp>,
): Promise<Signed<Snapshot>> {
  const meta = parseServedTimestamp(envelope);
  const bytes = await remote.get(
    consistentName('snapshot', meta),
    Math.min(meta.length, sizeLimits.servedAlone),
  );
  checkHashes(bytes, meta, 'snapshot');
  return parseSnapshot(parseEnvelope(bytes, sizeLimits.servedAlone));
}

async function fetchRoot(
  remote: RepositoryPorts['remote'],
  { meta }: Snapshot,
  before: Signed<Root> | undefined,
): Promise<Signed<Root>> {
  const named = meta.get('root');
  if (named !== undefined && before !== undefined && matches(before.envelope.bytes, named)) return before;
  const bytes = await remote.get(consistentName('root', named), sizeLimits.servedAlone);
  if (named !== undefined) checkHashes(bytes, named, 'root');
  return parseRoot(parseEnvelope(bytes, sizeLimits.servedAlone));
}

/**
 * Compares the files that the server names with those that are carried over. Newer ones, and what these may have added or
 * removed, do not keep the rest from being restored; their signatures are looked at by the readers of the proof.
 *
 * @throws NotaryError REPOSITORY_EXISTS for older files, and for others of the same version
 */
async function newerRoles(
  ports: LookPorts,
  { meta }: Snapshot,
  { carried }: SourceState,
): Promise<readonly string[]> {
  const newer: string[] = [];
  for (const [role, { envelope, content }] of carried) {
    const named = meta.get(role);
    if (named !== undefined && matches(envelope.bytes, named)) continue;
    const below = ancestorsOf(role).some((ancestor) => newer.includes(ancestor));
    if (named === undefined && below) continue;
    const version = named === undefined ? 0 : await versionOf(ports.remote, role, named);
    if (version <= content.version) throw otherData(ports, role);
    newer.push(role);
  }
  const added = [...meta.keys()].find((role) => isDelegation(role) && !carried.has(role));
  if (added !== undefined && newer.length === 0) throw otherData(ports, added);
  return newer;
}

async function versionOf(remote: RepositoryPorts['remote'], role: string, meta: FileMeta): Promise<number> {
  const bytes = await remote.get(consistentName(role, meta), Math.min(meta.length, sizeLimits.file));
  checkHashes(bytes, meta, role);
  return parseTargets(parseEnvelope(bytes), role).content.version;
}

/** The error for trust data that is not the beginning of this restore. */
function otherData({ gun, remote }: LookPorts, role: string): NotaryError {
  return new NotaryError(
    'REPOSITORY_EXISTS',
    `${remote.location} has trust data for ${gun} already, and its ${role} is not what this restore would have sent`,
    {
      details: { gun, role, server: remote.location },
      hint: `Nothing was sent, and what is there was left alone: it may have been restored and published to since, be the server from which this repository was restored, or be another's; what was begun from another archive goes on with that one. "tsnotary list ${shellWord(gun)} -s ${shellWord(`https://${remote.location}`)}" shows it.`,
    },
  );
}
