/**
 * Verifies an archived repository without a server: with the checks of every reader (TUF 5.3 to 5.6), by the clock of the
 * archive or another one.
 */

import { archiveInvalid } from '../../archive/archive-invalid.ts';
import type { RepositoryRecord } from '../../archive/repository-record.ts';
import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { formatInstant, parseInstant } from '../../encoding/rfc3339.ts';
import { isNotaryError, type NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { Targets } from '../../metadata/targets.ts';
import type { ArchiveFile } from '../../ports/archive.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';
import type { Finding } from '../../review/finding.ts';
import { judge } from '../../review/judge.ts';
import { believedContents, type RepositoryState, type RoleState } from '../../review/state.ts';
import { noPinning } from '../../trust-pinning/trust-pinning.ts';
import { canonicalIdOr, isSignedBy } from '../../tuf/verify-signatures.ts';
import { stateOf } from '../preview/published-state.ts';
import { memoryCache } from '../update/memory-cache.ts';
import { certificatesInDate } from '../update/root-certificates-in-date.ts';
import { type Updated, update } from '../update/update.ts';
import { archiveTime } from './archive-time.ts';
import { archivedRemote } from './archived-remote.ts';
import { versionIn } from './collector.ts';
import { recordFindings } from './record-findings.ts';
import { anchorFindings, verifyRootChain } from './root-chain.ts';
import { verifyVersions } from './verify-versions.ts';

/** A role of the archived state that holds targets. */
export interface VerifiedRole {
  readonly role: string;
  readonly version: number;
  /** Targets in its file; 0 for a role that readers do not believe. */
  readonly targets: number;
  /** Keys whose signature on the file is valid. */
  readonly signers: readonly CanonicalKeyId[];
}

export interface VerifiedRepository {
  readonly gun: string;
  readonly server: string;
  /** When the server signed the archived timestamp: RFC 3339; undefined where the archive does not say it. */
  readonly asOf: string | undefined;
  /** Until when the server's timestamp vouches for this state: RFC 3339. */
  readonly vouchedUntil: string | undefined;
  /** By whose clock it was verified. */
  readonly at: string | undefined;
  readonly roles: readonly VerifiedRole[];
  /** By role, what readers believe: for names of keys. */
  readonly contents: ReadonlyMap<string, Targets>;
  /** Files of the archive, the earlier versions among them. */
  readonly files: number;
  readonly earlier: number;
  readonly findings: readonly Finding[];
}

export interface VerifyOptions {
  /** In place of the time of the archive. */
  readonly at: Date | undefined;
  /** What is known of its root, 64 hex digits each; undefined when nothing was given. */
  readonly fingerprints: readonly string[] | undefined;
  readonly clock: Clock;
}

const nothing = { roles: [], contents: new Map<string, Targets>() };

/**
 * @throws NotaryError FILE_UNREADABLE; whatever is wrong with the archive is a finding
 */
export async function verifyRepository(
  archive: ArchiveFile,
  record: RepositoryRecord,
  options: VerifyOptions,
): Promise<VerifiedRepository> {
  const findings: Finding[] = [];
  const note = (found: readonly Finding[]) => found.forEach((finding) => findings.push(finding));
  const { gun, server, files } = record;
  const earlier = files.filter(({ current }) => !current).length;
  const found = { gun, server, files: files.length, earlier, findings };
  const remote = archivedRemote(archive, record);
  const unverified = { ...found, asOf: undefined, vouchedUntil: undefined, at: undefined, ...nothing };
  try {
    await checkFiles(archive, record);
    const asOf = await archiveTime(remote, record);
    const at = options.at ?? asOf;
    const loaded = await load(remote, record, { now: at, clock: options.clock }, note);
    const state = stateOf(loaded, gun);
    note(
      [
        recordFindings(record, loaded),
        absences(record),
        judged(state, at, loaded),
        ofCertificates(loaded, gun, at),
        ofTime(gun, asOf, options.clock.now()),
      ].flat(),
    );
    const chain = await verifyRootChain(remote, {
      ...{ gun, newest: loaded.root, now: at },
      others: files.filter(({ role, current }) => role === 'root' && !current),
      absent: record.absent.includes('1.root'),
    });
    note([chain.findings, anchorFindings(gun, chain.roots, options.fingerprints, at)].flat());
    note(await verifyVersions(remote, record, { loaded, roots: chain.roots }));
    const { timestamp } = loaded;
    return {
      ...found,
      asOf: timestamp && formatInstant(asOf),
      vouchedUntil: timestamp?.content.expires,
      at: formatInstant(at),
      roles: rolesIn(state),
      contents: believedContents(state),
    };
  } catch (error) {
    if (!isNotaryError(error) || isNotaryError(error, 'FILE_UNREADABLE')) throw error;
    findings.push(findingOf(error));
    return unverified;
  }
}

function findingOf({ code, message, details }: NotaryError): Finding {
  const { role } = details;
  return { code, severity: 'error', message, ...(typeof role === 'string' && { role }) };
}

/** The content has the hash and the size of the record, and the version that it says. Each blob is read once. */
async function checkFiles(archive: ArchiveFile, { gun, files }: RepositoryRecord): Promise<void> {
  const read = new Map<string, { readonly size: number; readonly version: number }>();
  for (const { role, version, sha256, size } of files) {
    let found = read.get(sha256);
    if (found === undefined) {
      const bytes = await archive.read(sha256, sizeLimits.download);
      // What cannot be read is listed as version 0.
      found = { size: bytes.length, version: versionIn(bytes) ?? 0 };
      read.set(sha256, found);
    }
    if (found.size === size && found.version === version) continue;
    throw archiveInvalid(
      `the record of ${gun} says that a file of ${role} is version ${version} of ${size} bytes, and it is version ${found.version} of ${found.size} bytes`,
      { gun, role },
    );
  }
}

/** What has expired is loaded all the same, so that everything else is looked at, too: the judgement names it. */
async function load(
  remote: RemoteStore,
  { gun }: RepositoryRecord,
  { now, clock }: { readonly now: Date; readonly clock: Clock },
  note: (found: readonly Finding[]) => void,
): Promise<Updated> {
  const ignore = (): void => undefined;
  const cautions: Finding[] = [];
  const loaded = await update(
    {
      ...{ gun, remote, cache: memoryCache(), pinning: noPinning },
      clock: { ...clock, now: () => now },
      log: { debug: ignore, info: ignore, notice: ignore, warn: ignore, error: ignore },
      caution: (code, message, details = {}) => {
        const { role } = details;
        cautions.push({ code, severity: 'warning', message, ...(typeof role === 'string' && { role }) });
      },
    },
    { acceptsExpired: () => true, rotations: 'leave' },
  );
  const judged = new Set([...loaded.unusable.keys(), ...loaded.unreadable.keys()]);
  note(cautions.filter(({ role }) => role === undefined || !judged.has(role)));
  if (loaded.timestamp === undefined) note([noTimestamp(gun)]);
  return loaded;
}

function noTimestamp(gun: string): Finding {
  return {
    code: 'SERVER_UNAVAILABLE',
    severity: 'error',
    role: 'timestamp',
    message: `the archive has no timestamp of ${gun}: the server could not sign one, since the root or the snapshot had expired, and no reader got anything`,
  };
}

/** Nothing can be published to an archive, and its server may be gone. */
function withoutHint({ hint, ...finding }: Finding): Finding {
  return hint === undefined ? finding : { ...finding };
}

/**
 * What expires before the timestamp does may have expired when the archive was made, for all that it says: the timestamp
 * was signed earlier, and the archive knows no other clock.
 */
function judged(state: RepositoryState, at: Date, { timestamp }: Updated): readonly Finding[] {
  const until = timestamp?.content.expires;
  const expiryOf = (role = '') =>
    state.ends.get(role)?.expires ?? state.roles.get(role)?.file?.content.expires;
  return judge(state, at)
    .map(withoutHint)
    .map((finding) => {
      const expires = finding.code === 'EXPIRES_SOON' ? expiryOf(finding.role) : undefined;
      if (until === undefined || expires === undefined || parseInstant(expires) >= parseInstant(until))
        return finding;
      const message = `${finding.role ?? ''} expires at ${expires}, before the timestamp does: the archive cannot tell whether readers still believed it when it was made`;
      return { code: 'EXPIRES_SOON', severity: 'warning', role: finding.role ?? '', message };
    });
}

/** Of the files that the archived state itself names; that an earlier version was not served is a note of its own. */
function absences({ gun, absent }: RepositoryRecord): readonly Finding[] {
  return absent
    .filter((resource) => !/^\d+\./.test(resource))
    .map((resource) => ({
      code: 'ARCHIVE_INCOMPLETE',
      severity: 'warning',
      message: `the server did not serve ${resource} of ${gun} when the archive was made`,
    }));
}

/** Clocks of servers differ a little. */
const maxSkew = 24 * 60 * 60 * 1000;

function ofTime(gun: string, asOf: Date, now: Date): readonly Finding[] {
  if (asOf.getTime() <= now.getTime() + maxSkew) return [];
  const message = `the timestamp of ${gun} was signed at ${formatInstant(asOf)}, which is still to come: the clock of this machine is wrong, or that of the signer was`;
  return [{ code: 'CLOCK_BEHIND', severity: 'warning', role: 'timestamp', message }];
}

function ofCertificates({ root }: Updated, gun: string, at: Date): readonly Finding[] {
  if (certificatesInDate(root, gun, at) === 'hold') return [];
  const message = `too few certificates of the root of ${gun} are in date at ${formatInstant(at)}: readers do not believe the root`;
  return [{ code: 'EXPIRED', severity: 'error', role: 'root', message }];
}

function rolesIn(state: RepositoryState): readonly VerifiedRole[] {
  const believed = believedContents(state);
  return [...state.roles.values()].flatMap((role) => {
    const { name, file } = role;
    if (file === undefined) return [];
    const targets = believed.get(name)?.targets.size ?? 0;
    return [{ role: name, version: file.content.version, targets, signers: signersOf(role) }];
  });
}

function signersOf({ name, keys, file }: RoleState): readonly CanonicalKeyId[] {
  const envelope = file?.envelope;
  if (envelope === undefined) return [];
  const signing = [...keys].filter((one) =>
    isSignedBy(envelope, { keys: new Map([one]), threshold: 1 }, name),
  );
  return [...new Set(signing.map(([id, key]) => canonicalIdOr(id, key)))];
}
