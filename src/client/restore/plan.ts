/**
 * Plans a restore: reads the repository from its source, looks at the new server, and tells what is carried over as it is,
 * what is made anew, and how many uploads that takes. Nothing is signed and nothing is sent.
 */

import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError, rephrased, sameWords } from '../../errors.ts';
import { baseRole } from '../../metadata/root.ts';
import type { Finding } from '../../review/finding.ts';
import { rootCertificates } from '../../trust-pinning/root-certificates.ts';
import { type KeyFinder, signingFailure } from '../../tuf/sign-metadata.ts';
import { snapshotHolder } from '../../tuf/snapshot-holder.ts';
import { canonicalIdOr, isSignedBy, type RoleKeySet } from '../../tuf/verify-signatures.ts';
import { asResult } from '../fetch/deferred-failure.ts';
import { unaskedKeys } from '../preview/staged-state.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { isServersKey } from '../sign/sign.ts';
import { type Begun, lastVersionOf, lookAtDestination } from './destination.ts';
import { type RootHistory, rootHistory } from './former-readers.ts';
import { firstVersion } from './moved-root.ts';
import {
  checkCarried,
  checkNotOlderThanSeen,
  newestTimestamp,
  readSource,
  type SourcePorts,
  type SourceState,
} from './source.ts';

/** More uploads than these are refused: at a hundredth of a second each they take minutes. */
export const maxUploads = 20_000;

/** Versions that readers of the old server have seen: the new ones must be above them. */
export interface Floor {
  readonly timestamp: number;
  readonly snapshot: number;
}

export interface RestorePlan {
  readonly gun: string;
  /** Host and port of the old server, or the place of the saved files. */
  readonly from: string;
  /** Host and port of the new server. */
  readonly to: string;
  readonly source: SourceState;
  /** Names of targets that are carried over; one that several roles list counts once. */
  readonly targets: number;
  /** The roots that are made anew: all say the same, since a server wants every version in between. */
  readonly rootVersions: { readonly first: number; readonly last: number };
  /** Who signs the snapshot from now on: the new server, or the owner with the key that signs it now. */
  readonly snapshotBy: 'server' | 'owner';
  readonly history: RootHistory;
  readonly floor: Floor;
  /** What the new server holds already of an interrupted restore. */
  readonly begun: Begun | undefined;
  /** How many uploads are left; 0 when everything is there. */
  readonly uploads: number;
  /** How many of them only raise the version of the timestamp and of the snapshot. */
  readonly lifts: number;
  /** What stays behind, who cannot follow, and what is not known. */
  readonly findings: readonly Finding[];
}

/**
 * @param source where the repository is read from
 * @param destination the ports of the new server, with the key store and the trust directory of this machine
 * @throws NotaryError EXPIRED when what no key here can make anew has expired; INSUFFICIENT_SIGNATURES when too few root
 * keys are here, PASSPHRASE_INVALID when one is locked; ROOT_NOT_TRUSTED when no key of this machine has signed the root
 * of the source; REPOSITORY_EXISTS when the new server has other trust data; VERSION_OUT_OF_REACH; LOW_VERSION when this
 * machine has seen a newer state; the codes of `update`
 */
export async function planRestore(source: SourcePorts, destination: RepositoryPorts): Promise<RestorePlan> {
  const { gun, clock } = destination;
  const now = clock.now();
  const state = await readSource(source);
  const keys = unaskedKeys(destination);
  await checkRootKeys(destination, state, keys);
  const begun = await lookAtDestination(destination, state);
  if (begun === undefined) await checkNotOlderThanSeen(source, destination.cache);
  const snapshotBy = await holderOfSnapshot(state, keys, begun);
  checkCarried(state, { gun, now, rehashed: snapshotBy === 'server' });
  const lastVersion = lastVersionOf(state);
  const floor = {
    timestamp: newestTimestamp(state.timestamp, now),
    snapshot: state.snapshot.content.version,
  };
  const count = uploadsLeft(begun, { lastVersion, floor, snapshotBy });
  if (count.uploads > maxUploads) throw outOfReach(destination, floor, count.uploads);
  const history = await rootHistory(source, state.root.content, keys);
  return {
    ...{ gun, from: source.remote.location, to: destination.remote.location },
    ...{
      source: state,
      targets: targetNames(state),
      rootVersions: { first: firstVersion, last: lastVersion },
      snapshotBy,
    },
    ...{ history, floor, begun, ...count },
    findings: [
      ...(await firstUse(destination, begun)),
      ...state.left,
      ...handedOver(state, snapshotBy),
      ...leftBehind(gun, history),
    ],
  };
}

function targetNames({ carried }: SourceState): number {
  return new Set([...carried.values()].flatMap(({ content }) => [...content.targets.keys()])).size;
}

/** Uploads that are left, and those among them that only lift. */
function uploadsLeft(
  begun: Begun | undefined,
  {
    lastVersion,
    floor,
    snapshotBy,
  }: Pick<RestorePlan, 'floor' | 'snapshotBy'> & { readonly lastVersion: number },
): Pick<RestorePlan, 'uploads' | 'lifts'> {
  const roots = lastVersion - (begun?.root.content.version ?? firstVersion - 1);
  const missing = (role: 'timestamp' | 'snapshot') =>
    Math.max(0, floor[role] + 1 - (begun?.[role].content.version ?? 0));
  const lifted = Math.max(missing('timestamp'), snapshotBy === 'server' ? missing('snapshot') : 0);
  const uploads = Math.max(roots, lifted);
  return { uploads, lifts: uploads - roots };
}

/** @throws NotaryError ROOT_VALIDATION, INSUFFICIENT_SIGNATURES, PASSPHRASE_INVALID, ROOT_NOT_TRUSTED */
async function checkRootKeys(
  { gun, clock }: RepositoryPorts,
  { root }: SourceState,
  keys: KeyFinder,
): Promise<void> {
  const inDate = rootCertificates(root.content, gun, clock.now(), { expiry: true });
  const { keys: listed, threshold } = baseRole(root.content, 'root');
  const good = new Map([...listed].filter(([id]) => inDate.has(id)));
  if (good.size < threshold) {
    throw new NotaryError(
      'ROOT_VALIDATION',
      `too few root certificates of ${gun} are in date: Notary's server takes no root with them`,
      { details: { gun }, hint: 'Nothing was sent. Make the repository anew on the new server.' },
    );
  }
  const signers = { keys: good, threshold };
  const failure = await signingFailure(signers, keys, 'root');
  if (failure !== undefined) throw withoutRootKey(failure, gun);
  if (await haveKeysHereSigned(root, signers, keys)) return;
  throw new NotaryError(
    'ROOT_NOT_TRUSTED',
    `no root key of this machine has signed the root of ${gun} that is to be restored: it may have been made by another`,
    {
      details: { gun },
      hint: 'Nothing was signed. Run this command where the key is that has signed it.',
    },
  );
}

/** A key that is here and cannot be used is told of as it is. */
function withoutRootKey(failure: NotaryError, gun: string): NotaryError {
  if (!isNotaryError(failure, 'INSUFFICIENT_SIGNATURES') || !isServersKey(failure)) return failure;
  return rephrased(failure, sameWords, {
    details: { gun },
    hint: `Nothing was sent. Only the root key of ${gun} can make it known to readers that another server signs: import the key with "key import", or run this command where it is.`,
  });
}

/** A root that lists a key of this machine beside another's is signed by whom it pleases: that must not be repeated. */
async function haveKeysHereSigned(
  { envelope }: SourceState['root'],
  { keys: listed }: RoleKeySet,
  keys: KeyFinder,
): Promise<boolean> {
  for (const [id, key] of listed) {
    const alone = { keys: new Map([[id, key]]), threshold: 1 };
    if ((await signingFailure(alone, keys, 'root')) !== undefined) continue;
    if (isSignedBy(envelope, alone, 'root')) return true;
  }
  return false;
}

/**
 * A snapshot key that is here signs on; in place of every other the new server makes one. What has been begun is not changed.
 *
 * @throws NotaryError INSUFFICIENT_SIGNATURES when it was begun with a key that is not here, PASSPHRASE_INVALID
 */
async function holderOfSnapshot(
  { root }: SourceState,
  keys: KeyFinder,
  begun: Begun | undefined,
): Promise<RestorePlan['snapshotBy']> {
  if (begun?.keys.snapshot !== undefined) return 'server';
  const failure = await signingFailure(baseRole(root.content, 'snapshot'), keys, 'snapshot');
  if (failure === undefined) return 'owner';
  const isAbsent = isNotaryError(failure, 'INSUFFICIENT_SIGNATURES') && isServersKey(failure);
  if (begun !== undefined || !isAbsent) throw failure;
  return 'server';
}

function handedOver({ root }: SourceState, by: RestorePlan['snapshotBy']): readonly Finding[] {
  if (by === 'owner' || snapshotHolder(root.content) !== 'owner') return [];
  const [first] = [...baseRole(root.content, 'snapshot').keys].map(([id, key]) => canonicalIdOr(id, key));
  return [
    {
      ...{ code: 'KEY_NOT_FOUND', severity: 'warning', role: 'snapshot' },
      ...(first !== undefined && { keyId: first }),
      message:
        "the snapshot key is an owner's and not on this machine: the new server makes a key for the snapshot, and signs it from then on",
    },
  ];
}

/** Without a state that was seen before, an old one looks like the newest. */
async function firstUse(
  { gun, cache }: RepositoryPorts,
  begun: Begun | undefined,
): Promise<readonly Finding[]> {
  // A damaged file is none; the update says so.
  const seen = begun === undefined ? await asResult(cache.get('snapshot')) : undefined;
  if (begun !== undefined || seen instanceof Uint8Array) return [];
  return [
    {
      code: 'FIRST_USE',
      severity: 'note',
      message: `this machine has seen no state of ${gun} before: whether this is the newest state, or an older one, is not known here`,
    },
  ];
}

function leftBehind(gun: string, { former, unknown }: RootHistory): readonly Finding[] {
  const lost = former
    .filter(({ canFollow }) => !canFollow)
    .map(({ from, to, signers }): Finding => {
      const ids = [...signers.keys].map(([id, key]) => canonicalIdOr(id, key));
      const versions = from === to ? `version ${from}` : `versions ${from} to ${to}`;
      return {
        ...{ code: 'READERS_LEFT_BEHIND', severity: 'warning', role: 'root' },
        ...(ids[0] !== undefined && { keyId: ids[0] }),
        message: `readers who have seen no root of ${gun} after ${versions} cannot follow: the former root key ${ids.join(', ')} is not on this machine; they have to trust the root anew`,
        hint: { command: ['tsnotary', 'anchor', 'refresh', gun] },
      };
    });
  if (unknown.length === 0) return lost;
  const names = unknown.length > 5 ? `${unknown.slice(0, 5).join(', ')} …` : unknown.join(', ');
  return [
    ...lost,
    {
      ...{ code: 'READERS_LEFT_BEHIND', severity: 'note', role: 'root' },
      message: `whether readers whose newest root of ${gun} is of version ${names} can follow is not known: the source does not have it`,
    },
  ];
}

function outOfReach({ gun, remote }: RepositoryPorts, floor: Floor, uploads: number): NotaryError {
  return new NotaryError(
    'VERSION_OUT_OF_REACH',
    `readers of ${gun} have seen timestamp ${floor.timestamp} and snapshot ${floor.snapshot}; ${remote.location} would reach higher ones after ${uploads} uploads, more than ${maxUploads}`,
    {
      details: { gun, uploads, limit: maxUploads },
      hint: `Nothing was sent. Only who runs the server can set its versions higher; or make ${shellWord(gun)} anew, and have its readers trust the new root.`,
    },
  );
}
