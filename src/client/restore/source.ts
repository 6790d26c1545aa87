/** Reads the source of a restore as a first reader does, and finds what of it another server can take unchanged. */

import { parseInstant } from '../../encoding/rfc3339.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError, rephrased } from '../../errors.ts';
import { hasExpired, lifetimeOf, renewalHint } from '../../metadata/expiry.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { isTargetsRole, parentRole } from '../../metadata/role-name.ts';
import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import type { Snapshot, Timestamp } from '../../metadata/snapshot.ts';
import { findDelegation, type Targets } from '../../metadata/targets.ts';
import type { Finding } from '../../review/finding.ts';
import { formOfServer } from '../../tuf/check-upload.ts';
import { asResult } from '../fetch/deferred-failure.ts';
import { renewable } from '../renew/plan.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { memoryCache } from '../update/memory-cache.ts';
import { refusingCache } from '../update/refusing-cache.ts';
import { type Updated, update } from '../update/update.ts';

/** Where the repository is read from: a server, or saved files of one with the clock of the time when they were saved. */
export type SourcePorts = Pick<
  RepositoryPorts,
  'gun' | 'remote' | 'pinning' | 'clock' | 'log' | 'caution' | 'asOf'
>;

/** A repository that was read and verified. */
export interface SourceState {
  readonly loaded: Updated;
  readonly root: Signed<Root>;
  readonly snapshot: Signed<Snapshot>;
  readonly timestamp: Signed<Timestamp>;
  /** True when the source has version 1 of the root: a repository that was restored to it has none. */
  readonly hasFirstRoot: boolean;
  /** `targets` and the delegations that readers believe, parents first: their files are carried over as they are. */
  readonly carried: ReadonlyMap<string, Signed<Targets>>;
  /** Delegations whose files no server takes, since readers do not believe them. */
  readonly left: readonly Finding[];
}

/**
 * Reads everything from the source with an empty cache: the pins apply. Expiry is not judged by the clock of the source,
 * except that of the timestamp.
 *
 * @throws NotaryError EXPIRED when the source gives no timestamp; the codes of `update`
 */
export async function readSource(source: SourcePorts): Promise<SourceState> {
  const loaded = await readAs(source, memoryCache());
  const { root, snapshot, timestamp } = loaded;
  if (snapshot === undefined || timestamp === undefined) throw noTimestamp(source);
  const believed = [...loaded.targets].filter(
    ([role]) => isTargetsRole(role) && !loaded.unusable.has(role) && !loaded.unreadable.has(role),
  );
  return {
    ...{ loaded, root, snapshot, timestamp, hasFirstRoot: await serves(source.remote, '1.root') },
    ...{ carried: new Map(believed), left: [...unbelieved(loaded), ...unreached(loaded, snapshot.content)] },
  };
}

/** True when a server has this of the repository. @throws NotaryError the codes of answers other than absence */
export async function serves(
  remote: Pick<RepositoryPorts['remote'], 'get'>,
  resource: 'root' | '1.root',
): Promise<boolean> {
  const answer = await asResult(remote.get(resource, sizeLimits.servedAlone));
  if (answer instanceof NotaryError && !isNotaryError(answer, 'METADATA_NOT_FOUND')) throw answer;
  return !(answer instanceof NotaryError);
}

/**
 * Makes sure that the source is not older than what this machine has seen of the repository, and has the root that it
 * trusts.
 *
 * @param cache what this machine has seen; it is not written
 * @throws NotaryError LOW_VERSION, ROOT_ROTATION and the other codes of `update`
 */
export async function checkNotOlderThanSeen(
  source: SourcePorts,
  cache: RepositoryPorts['cache'],
): Promise<void> {
  try {
    await readAs(source, memoryCache(cache));
  } catch (error) {
    throw isNotaryError(error, 'LOW_VERSION') ? olderThanSeen(source, error) : error;
  }
}

/** No server offers it: an archive that is old is no attack. */
function olderThanSeen({ gun, remote }: SourcePorts, error: NotaryError): NotaryError {
  const { role, version, expected } = error.details;
  const what = typeof role === 'string' ? ` of ${role}` : '';
  const which =
    typeof version === 'number' && typeof expected === 'number' && version < expected
      ? `version ${version}${what} is lower than ${expected}`
      : error.message;
  return rephrased(
    error,
    () => `${remote.location} holds an older state of ${gun} than this machine has seen: ${which}`,
    {
      details: { gun },
      hint: `Nothing was sent. Restored from it, readers would refuse the new server as a rollback. Archive ${shellWord(gun)} again at the server that has it now, and restore that archive.`,
    },
  );
}

function readAs(source: SourcePorts, cache: RepositoryPorts['cache']): Promise<Updated> {
  const caution = refusingCache(source.caution);
  return update(
    { ...source, cache, caution },
    { checkExists: true, acceptsExpired: renewable, rotations: 'leave' },
  );
}

function noTimestamp({ gun, remote }: SourcePorts): NotaryError {
  return new NotaryError(
    'EXPIRED',
    `${remote.location} cannot sign a timestamp for ${gun}, since its root or its snapshot has expired: what its readers have seen last is not known`,
    {
      details: { gun, server: remote.location },
      hint: `Nothing was sent. Renew it where it is now, and restore it then: tsnotary renew ${shellWord(gun)}`,
    },
  );
}

/** Roles that the snapshot names and no believed role leads to: no reader gets there, and they stay behind with all their targets. */
function unreached({ targets, unusable, unreadable }: Updated, { meta }: Snapshot): readonly Finding[] {
  const known = (role: string) => targets.has(role) || unusable.has(role) || unreadable.has(role);
  return [...meta.keys()]
    .filter((role) => isTargetsRole(role) && !known(role))
    .map((role) => ({
      ...{ code: 'ROLE_UNVERIFIED', severity: 'warning', role },
      message: `no role that readers believe leads to ${role}: its file stays behind, with all the targets in it`,
    }));
}

/** Roles that no reader believes at the source: they are named, and stay behind. */
function unbelieved({ targets, unusable, unreadable }: Updated): readonly Finding[] {
  const unsigned = [...unusable.keys()].map((role): Finding => {
    const parent = targets.get(parentRole(role))?.content;
    const entry = parent && findDelegation(parent, role);
    const few = entry !== undefined && entry.keyIds.length < entry.threshold;
    return {
      ...{ code: few ? 'ROLE_WITHOUT_KEYS' : 'ROLE_NEEDS_WITNESS', severity: 'warning', role },
      message: `the file of ${role} is signed by too few of its keys: readers do not believe it, no server takes it, and it stays behind`,
    };
  });
  const broken = [...unreadable.keys()].map(
    (role): Finding => ({
      ...{ code: 'ROLE_UNREADABLE', severity: 'warning', role },
      message: `the file of ${role} cannot be read, and stays behind`,
    }),
  );
  return [...unsigned, ...broken];
}

/**
 * Refuses what the new server, or its readers, would refuse.
 *
 * @param now the time at which it is restored
 * @param rehashed true when the new server signs the snapshot, in which it names each file as it would write it itself
 * @throws NotaryError EXPIRED, INVALID_METADATA
 */
export function checkCarried(
  { carried }: SourceState,
  { gun, now, rehashed }: { readonly gun: string; readonly now: Date; readonly rehashed: boolean },
): void {
  const files = [...carried];
  const expired = files
    .filter(([, { content }]) => hasExpired(content.expires, now))
    .map(([role, { content }]) => ({ role, expires: content.expires }));
  if (expired.length > 0) throw expiredRoles(gun, expired, now);
  if (!rehashed) return;
  const odd = files.find(([role, { envelope }]) => !formOfServer(role, envelope));
  if (odd !== undefined) throw oddForm(gun, odd[0]);
}

function expiredRoles(
  gun: string,
  expired: readonly { readonly role: string; readonly expires: string }[],
  now: Date,
): NotaryError {
  const names = expired.map(({ role }) => role).join(',');
  const [first] = expired;
  const what = expired.length === 1 ? `has expired at ${first?.expires}` : 'have expired';
  return new NotaryError('EXPIRED', `${names} of ${gun} ${what}: Notary's server takes no expired file`, {
    details: { gun, roles: expired.map(({ role }) => role), now: now.toISOString() },
    hint: `Nothing was sent. ${renewalHint(names, now, shellWord(gun))}, at the server that has it now; restore it from there, or archive it again, then.`,
  });
}

function oddForm(gun: string, role: string): NotaryError {
  return new NotaryError(
    'INVALID_METADATA',
    `the file of ${role} of ${gun} is not written as Notary's server writes it: signed by that server, the snapshot would name a file that it does not have`,
    {
      details: { gun, role },
      hint: `Nothing was sent. A holder of a key of ${role} signs it again at the server that has it now: tsnotary witness ${shellWord(gun)} ${role} -p`,
    },
  );
}

/**
 * The version that the timestamp of the old server may have reached by now: it signs one anew when the last has expired,
 * and its readers remember the newest.
 */
export function newestTimestamp({ content }: Signed<Timestamp>, now: Date): number {
  const over = now.getTime() - parseInstant(content.expires);
  return content.version + Math.max(0, Math.ceil(over / lifetimeOf('timestamp')));
}
