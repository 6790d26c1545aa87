/**
 * Looks at the server that a repository is restored to: it holds nothing of it, or what an earlier run of this very
 * restore has sent. Everything else is another's, and is left alone.
 */

import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { isDelegation } from '../../metadata/role-name.ts';
import { baseRole, parseRoot, type Root } from '../../metadata/root.ts';
import { parseEnvelope, type Signed } from '../../metadata/signed.ts';
import { parseSnapshot, parseTimestamp, type Snapshot, type Timestamp } from '../../metadata/snapshot.ts';
import { checkHashes, matches } from '../../tuf/checksums.ts';
import { verifySignatures } from '../../tuf/verify-signatures.ts';
import { asResult } from '../fetch/deferred-failure.ts';
import { consistentName } from '../fetch/fetch-metadata.ts';
import { parseServedTimestamp } from '../fetch/served-timestamp.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { type ServerKeys, serverKeysOf } from './moved-root.ts';
import type { SourceState } from './source.ts';

/** What the new server holds of this restore. */
export interface Begun {
  readonly root: Signed<Root>;
  readonly snapshot: Signed<Snapshot>;
  readonly timestamp: Signed<Timestamp>;
  readonly keys: ServerKeys;
}

/** What it is compared with. */
export interface Expected {
  readonly source: SourceState;
  /** The version of the last root that is sent. */
  readonly lastVersion: number;
  /** True where an owner signs the snapshot. */
  readonly ownSnapshot: boolean;
}

type LookPorts = Pick<RepositoryPorts, 'gun' | 'remote'>;

/**
 * @param before what was seen last: its root is not fetched again while the snapshot names it
 * @returns undefined when the server has no trust data for the GUN
 * @throws NotaryError REPOSITORY_EXISTS when it has other trust data than this restore sends; the codes of its answers, and
 * of what they hold
 */
export async function lookAtDestination(
  ports: LookPorts,
  expected: Expected,
  before?: Begun,
): Promise<Begun | undefined> {
  const answer = await asResult(ports.remote.get('timestamp', sizeLimits.timestamp));
  if (answer instanceof NotaryError) {
    if (isNotaryError(answer, 'METADATA_NOT_FOUND') && (await hasNoRoot(ports.remote))) return undefined;
    throw answer;
  }
  const timestamp = parseTimestamp(parseEnvelope(answer));
  const snapshot = await fetchSnapshot(ports.remote, timestamp);
  const root = await fetchRoot(ports.remote, snapshot.content, before?.root);
  const keys = serverKeysOf(root, expected.source.root, expected.ownSnapshot);
  if (keys === undefined || root.content.version > expected.lastVersion) throw otherData(ports, 'root');
  verifySignatures(timestamp.envelope, baseRole(root.content, 'timestamp'), 'timestamp');
  verifySignatures(snapshot.envelope, baseRole(root.content, 'snapshot'), 'snapshot');
  checkFiles(ports, snapshot.content, expected.source);
  return { root, snapshot, timestamp, keys };
}

async function hasNoRoot(remote: RepositoryPorts['remote']): Promise<boolean> {
  const answer = await asResult(remote.get('root', sizeLimits.servedAlone));
  if (answer instanceof NotaryError && !isNotaryError(answer, 'METADATA_NOT_FOUND')) throw answer;
  return answer instanceof NotaryError;
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

/** The server names the files that are carried over, and no others. @throws NotaryError REPOSITORY_EXISTS */
function checkFiles(ports: LookPorts, { meta }: Snapshot, { carried }: SourceState): void {
  for (const [role, { envelope }] of carried) {
    const named = meta.get(role);
    if (named === undefined || !matches(envelope.bytes, named)) throw otherData(ports, role);
  }
  const stranger = [...meta.keys()].find((role) => isDelegation(role) && !carried.has(role));
  if (stranger !== undefined) throw otherData(ports, stranger);
}

/** The error for trust data that is not the beginning of this restore. */
function otherData({ gun, remote }: LookPorts, role: string): NotaryError {
  return new NotaryError(
    'REPOSITORY_EXISTS',
    `${remote.location} has trust data for ${gun} already, and its ${role} is not what this restore would have sent`,
    {
      details: { gun, role, server: remote.location },
      hint: `Nothing was sent, and what is there was left alone: it may have been restored and published to since, be a copy, or be another's. "tsnotary list ${shellWord(gun)} -s ${shellWord(`https://${remote.location}`)}" shows it.`,
    },
  );
}
