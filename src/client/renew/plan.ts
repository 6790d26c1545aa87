/** Plans a renewal: finds the roles that are due, who may sign them again, and which of them can be signed here. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { parseInstant } from '../../encoding/rfc3339.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { hasExpired } from '../../metadata/expiry.ts';
import { parentRole } from '../../metadata/role-name.ts';
import type { Common, Envelope } from '../../metadata/signed.ts';
import { findDelegation } from '../../metadata/targets.ts';
import type { Finding } from '../../review/finding.ts';
import { rootCertificates } from '../../trust-pinning/root-certificates.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { signingFailure } from '../../tuf/sign-metadata.ts';
import { snapshotHolder } from '../../tuf/snapshot-holder.ts';
import { canonicalIds, type RoleKeySet } from '../../tuf/verify-signatures.ts';
import { unaskedKeys } from '../preview/staged-state.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { checkClock } from '../sign/clock-check.ts';
import { certificatesInDate } from '../update/root-certificates-in-date.ts';
import { type Updated, update } from '../update/update.ts';

/** What is to be renewed. */
export interface Renewal {
  /** These roles alone; undefined for every role. */
  readonly roles?: readonly string[] | undefined;
  /** Milliseconds: a role is due when less is left to it. */
  readonly within: number;
  /** Roles that are not due, too. */
  readonly allRoles?: boolean;
}

/** Ninety days, in milliseconds. */
export const defaultWithin = 90 * 24 * 60 * 60 * 1000;

/** A role that is due. */
export interface DueRole {
  readonly role: string;
  readonly version: number;
  /** RFC 3339. */
  readonly expires: string;
  readonly expired: boolean;
  /** The keys that may sign it. */
  readonly keyIds: readonly CanonicalKeyId[];
  readonly threshold: number;
  /** Why it cannot be signed here; undefined when it can. */
  readonly failure: NotaryError | undefined;
  /** The very file that was looked at. */
  readonly envelope: Envelope;
}

/** True when the key is here and cannot be used: no other holder is at fault, and waiting for one mends nothing. */
export function failsHere({ failure }: Pick<DueRole, 'failure'>): boolean {
  if (failure === undefined) return false;
  return !isNotaryError(failure, 'INSUFFICIENT_SIGNATURES') || failure.details.unreadable !== undefined;
}

export interface RenewalPlan {
  readonly due: readonly DueRole[];
  /** What is in the way, and what is not known. */
  readonly findings: readonly Finding[];
  /** When the first of the roles that are not due ends: RFC 3339; undefined when there is none. */
  readonly next: string | undefined;
  readonly loaded: Updated;
}

/** The server signs timestamps: one that is too old says that the server or a clock is wrong, and is not renewed. */
export const renewable = (role: string): boolean => role !== 'timestamp';

/**
 * Everything but expiry is verified as ever, and nothing older than what the cache holds is taken.
 *
 * @param dryRun leave records of rotations as they are
 * @throws NotaryError ROLE_NOT_THERE for a role that the repository does not have; CLOCK_BEHIND; the codes of `update`
 */
export async function planRenewal(
  ports: RepositoryPorts,
  renewal: Renewal,
  dryRun = false,
): Promise<RenewalPlan> {
  // A root alone, as "anchor refresh" leaves it, says nothing of the newest state.
  const wasKnown = (await seenSnapshot(ports)) !== undefined;
  const loaded = await update(ports, {
    ...{ checkExists: true, acceptsExpired: renewable },
    ...(dryRun && { rotations: 'leave' }),
  });
  if (loaded.timestamp !== undefined) checkClock(loaded.timestamp.content, ports);
  const files = renewableFiles(loaded);
  checkRoles(ports.gun, renewal, files, loaded);
  const now = ports.clock.now().getTime();
  const asked = [...files].filter(([role]) => isAsked(role, renewal));
  const due: DueRole[] = [];
  let next = Number.POSITIVE_INFINITY;
  for (const [role, { envelope, content }] of asked) {
    const end = parseInstant(content.expires);
    const one = { role, envelope, content, signers: loaded.signers(role) };
    if (isDue(content, renewal, now)) {
      const row = await dueRole(ports, one, loaded);
      if (row !== undefined) due.push(row);
    } else next = Math.min(next, end);
  }
  return {
    due,
    findings: [
      ...(wasKnown ? [] : [firstUse(ports.gun)]),
      ...(loaded.timestamp === undefined ? [noTimestamp(ports.gun)] : []),
      ...certificateFindings(ports, loaded),
      ...snapshotOfOthers(ports, asked, { renewal, due, loaded }),
      ...unbelieved(ports.gun, renewal, loaded),
      ...due.flatMap((one) => cannotSign(ports.gun, one)),
    ],
    next: next === Number.POSITIVE_INFINITY ? undefined : new Date(next).toISOString(),
    loaded,
  };
}

/** True when so little is left to a file that it is to be renewed. */
export function isDue({ expires }: Pick<Common, 'expires'>, renewal: Renewal, now: number): boolean {
  return renewal.allRoles === true || parseInstant(expires) - now < renewal.within;
}

interface File {
  readonly envelope: Envelope;
  readonly content: Common;
}

/** Root, targets, the delegations that readers believe but for their expiry, and the snapshot. */
export function renewableFiles(loaded: LoadedRepo): ReadonlyMap<string, File> {
  const files = new Map<string, File>([['root', loaded.root]]);
  for (const [role, file] of loaded.targets) {
    // Where a copy stands in for a file, the file itself is not believed.
    if (!loaded.unusable.has(role) && loaded.unreadable?.has(role) !== true) files.set(role, file);
  }
  if (loaded.snapshot !== undefined) files.set('snapshot', loaded.snapshot);
  return files;
}

function isAsked(role: string, { roles }: Renewal): boolean {
  return roles === undefined || roles.includes(role);
}

function checkRoles(
  gun: string,
  { roles = [] }: Renewal,
  files: ReadonlyMap<string, File>,
  { unusable, unreadable }: Updated,
): void {
  for (const role of roles) {
    if (files.has(role) || unusable.has(role) || unreadable.has(role)) continue;
    const isServers = role === 'timestamp';
    throw new NotaryError('ROLE_NOT_THERE', `${gun} has no role ${role} that could be renewed`, {
      details: { gun, role },
      hint: isServers
        ? 'The server signs the timestamp itself, whenever it is asked for one that has expired.'
        : `tsnotary expiry ${shellWord(gun)} lists its roles.`,
    });
  }
}

async function dueRole(
  ports: RepositoryPorts,
  { role, envelope, content, signers }: File & { readonly role: string; readonly signers: RoleKeySet },
  loaded: Updated,
): Promise<DueRole | undefined> {
  const failure = await signingFailure(signers, unaskedKeys(ports), role);
  // A server that gives a timestamp has the snapshot key, or a snapshot that is good for a while yet.
  const isServers = loaded.timestamp !== undefined && snapshotHolder(loaded.root.content) !== 'owner';
  if (role === 'snapshot' && failure !== undefined && isServers) return undefined;
  const { version, expires } = content;
  return {
    ...{ role, version, expires, envelope, failure },
    expired: hasExpired(expires, ports.clock.now()),
    keyIds: canonicalIds(signers.keys),
    threshold: signers.threshold,
  };
}

/** A damaged file is none; the update says so. */
async function seenSnapshot({ cache }: Pick<RepositoryPorts, 'cache'>): Promise<Uint8Array | undefined> {
  try {
    return await cache.get('snapshot');
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

function firstUse(gun: string): Finding {
  return {
    code: 'FIRST_USE',
    severity: 'note',
    message: `this machine has seen no state of ${gun} before: whether the server shows the newest state, or an older one, is not known here`,
  };
}

function noTimestamp(gun: string): Finding {
  return {
    code: 'SERVER_UNAVAILABLE',
    severity: 'note',
    message: `the server cannot sign a timestamp for ${gun}, since the root or the snapshot has expired: the newest snapshot was found by its version`,
  };
}

function certificateFindings(
  { gun, clock }: Pick<RepositoryPorts, 'gun' | 'clock'>,
  { root }: Updated,
): readonly Finding[] {
  const now = clock.now();
  const state = certificatesInDate(root, gun, now);
  if (state === 'hold') return [];
  const none = rootCertificates(root.content, gun, now, { expiry: true }).size === 0;
  const which = none ? 'no root certificate' : 'too few root certificates';
  const few = `${which} of ${gun} ${none ? 'is' : 'are'} in date, so that readers refuse the root however new it is, and Notary's server takes no new one: neither renew nor key rotate mends that; ask who runs the server, or make the repository anew`;
  const unsigned = `the root of ${gun} is signed with keys whose certificates have expired, so that readers refuse it until a holder of another root key signs it`;
  return [
    {
      ...{ code: 'EXPIRED', severity: 'error', role: 'root', message: state === 'few' ? few : unsigned },
      ...(state === 'unsigned' && {
        hint: { command: ['tsnotary', 'renew', gun, '-r', 'root', '--all-roles'] },
      }),
    },
  ];
}

/** A snapshot that ends soon, and that is not due here because the server may have its key. */
function snapshotOfOthers(
  { gun, clock }: Pick<RepositoryPorts, 'gun' | 'clock'>,
  asked: readonly (readonly [string, File])[],
  { renewal, due, loaded }: Pick<RenewalPlan, 'due' | 'loaded'> & { readonly renewal: Renewal },
): readonly Finding[] {
  const snapshot = asked.find(([role]) => role === 'snapshot')?.[1].content;
  const isElsewhere = loaded.timestamp !== undefined && !due.some(({ role }) => role === 'snapshot');
  if (snapshot === undefined || !isElsewhere || snapshotHolder(loaded.root.content) === 'server') return [];
  if (!isDue(snapshot, { ...renewal, allRoles: false }, clock.now().getTime())) return [];
  return [
    {
      ...{ code: 'EXPIRES_SOON', severity: 'note', role: 'snapshot' },
      message: `snapshot expires at ${snapshot.expires}; if the server has its key, it signs it again by itself, else its owner has to`,
      hint: { command: ['tsnotary', 'renew', gun, '-r', 'snapshot'] },
    },
  ];
}

/** Roles that are listed and never signed again here: what they hold may be another's. */
function unbelieved(
  gun: string,
  renewal: Renewal,
  { targets, unusable, unreadable }: Pick<Updated, 'targets' | 'unusable' | 'unreadable'>,
): readonly Finding[] {
  const needing = [...unusable.keys()].map((role) => {
    const parent = targets.get(parentRole(role))?.content;
    const entry = parent && findDelegation(parent, role);
    return entry !== undefined && entry.keyIds.length < entry.threshold
      ? {
          ...{ code: 'ROLE_WITHOUT_KEYS', severity: 'error', role },
          message: `too few keys are left to ${role} to sign it; its owner adds one with "delegation add", or removes the role`,
          hint: { command: ['tsnotary', 'delegation', 'remove', gun, role] },
        }
      : {
          ...{ code: 'ROLE_NEEDS_WITNESS', severity: 'error', role },
          message: `${role} is signed by too few of its keys; it is not renewed, since that would assert what it holds`,
          hint: { command: ['tsnotary', 'witness', gun, role, '-p'] },
        };
  });
  const broken = [...unreadable.keys()].map((role) => ({
    ...{ code: 'ROLE_UNREADABLE', severity: 'error', role },
    message: `the file of ${role} cannot be read; it is not renewed`,
  }));
  return ([...needing, ...broken] as readonly (Finding & { readonly role: string })[]).filter(({ role }) =>
    isAsked(role, renewal),
  );
}

function cannotSign(gun: string, { role, failure, expires, expired }: DueRole): readonly Finding[] {
  if (failure === undefined) return [];
  return [
    {
      code: isNotaryError(failure) ? failure.code : 'INSUFFICIENT_SIGNATURES',
      severity: 'error',
      role,
      message: `${role} ${expired ? 'expired' : 'expires'} at ${expires} and cannot be signed here: ${failure.message}`,
      hint: { command: ['tsnotary', 'renew', gun, '-r', role] },
      prevents: true,
    },
  ];
}
