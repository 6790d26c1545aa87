/**
 * Proves a revocation: a second reader with an empty cache, who trusts the same root, finds the keys in no role, every
 * kept target as it was, and none of those that were to go.
 */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { type FileMeta, sameFileMeta } from '../../metadata/file-meta.ts';
import {
  believedContents,
  type RepositoryState,
  type RoleState,
  targetsVersion,
  visibleTargets,
} from '../../review/state.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { stateOf } from '../preview/published-state.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { memoryCache } from '../update/memory-cache.ts';
import { update } from '../update/update.ts';
import { isListed } from './planned-roles.ts';

export interface ProofRequest {
  /** The root by which the second reader trusts: bytes of the file. */
  readonly root: Uint8Array;
  readonly keyIds: readonly CanonicalKeyId[];
  /** The roles in which the keys are not to be; every role without it. */
  readonly roles?: readonly string[];
  /** By role, the targets that readers are to find. */
  readonly kept: ReadonlyMap<string, ReadonlyMap<string, FileMeta>>;
  /** By role, the names that readers are not to find any more. */
  readonly dropped: ReadonlyMap<string, readonly string[]>;
  /** The roles that readers are to believe, as far as they have a file. */
  readonly believed: ReadonlySet<string>;
  /** By role, the version of the file that was read before: nothing older is a proof. */
  readonly versions: ReadonlyMap<string, number>;
}

/** What the second reader has seen. */
export interface Proof {
  readonly targetsVersion: number;
  /** How many kept targets it has found. */
  readonly kept: number;
  /** Kept targets that another publish has changed since: the name, and its role. */
  readonly changedMeanwhile: readonly { readonly role: string; readonly target: string }[];
}

/**
 * Reads everything anew.
 *
 * @throws NotaryError PUBLISH_UNVERIFIED when it is not so, or cannot be read; the details tell what is missing
 */
export async function proveRevocation(ports: RepositoryPorts, request: ProofRequest): Promise<Proof> {
  const { gun } = ports;
  const state = stateOf(await readAnew(ports, request.root), gun);
  checkKeysGone(state, request);
  for (const role of request.kept.keys()) checkNotOlder(gun, state.roles.get(role), request.versions);
  const { kept, changedMeanwhile } = checkKept(state, request);
  const served = visibleTargets(state);
  for (const [role, names] of request.dropped) {
    const left = names.filter((name) => served.get(role)?.has(name) === true);
    if (left.length > 0)
      throw unproved(gun, `${role} still has ${left.length} of the tags that were to go`, {
        role,
        targets: left,
      });
  }
  return { targetsVersion: targetsVersion(state), kept, changedMeanwhile };
}

/** @throws NotaryError PUBLISH_UNVERIFIED */
function checkKeysGone(state: RepositoryState, { keyIds, roles }: ProofRequest): void {
  const contents = believedContents(state);
  for (const { name, keys } of state.roles.values()) {
    if (!isListed(name, contents) || roles?.includes(name) === false) continue;
    for (const [id, key] of keys) {
      const keyId = canonicalIdOr(id, key);
      if (!keyIds.includes(keyId)) continue;
      throw unproved(state.gun, `${name} still lists the key ${keyId}`, { role: name, key: keyId });
    }
  }
}

/** @throws NotaryError PUBLISH_UNVERIFIED, with the names of what is missing */
function checkKept(state: RepositoryState, request: ProofRequest): Omit<Proof, 'targetsVersion'> {
  const served = visibleTargets(state);
  const missing: string[] = [];
  const broken = new Set<string>();
  const changedMeanwhile: { readonly role: string; readonly target: string }[] = [];
  let kept = 0;
  for (const role of request.believed) {
    const file = state.roles.get(role)?.file;
    if (file?.standing !== 'untrusted') continue;
    // It was signed by a revoked key between the read and the upload: what was put there is lost as well.
    broken.add(role);
    for (const name of file.content.targets.keys())
      if (request.kept.get(role)?.has(name) !== true) missing.push(name);
  }
  for (const [role, targets] of request.kept) {
    for (const [name, meta] of targets) {
      const found = served.get(role)?.get(name);
      if (found === undefined) {
        missing.push(name);
        broken.add(role);
      } else if (sameFileMeta(found, meta)) kept++;
      else changedMeanwhile.push({ role, target: name });
    }
  }
  if (broken.size > 0) throw lost(state.gun, missing, [...broken]);
  return { kept, changedMeanwhile };
}

/** An empty cache cannot notice an older file; what was read before the upload can. @throws NotaryError PUBLISH_UNVERIFIED */
function checkNotOlder(
  gun: string,
  role: RoleState | undefined,
  versions: ReadonlyMap<string, number>,
): void {
  const known = role && versions.get(role.name);
  const version = role?.file?.content.version;
  if (role === undefined || known === undefined || version === undefined || version >= known) return;
  throw unproved(
    gun,
    `the server serves version ${version} of ${role.name}, and had version ${known} before`,
    {
      role: role.name,
    },
  );
}

async function readAnew(ports: RepositoryPorts, root: Uint8Array) {
  const cache = memoryCache();
  await cache.set('root', root);
  // The messages of this read are those of the publish once more.
  const ignore = () => undefined;
  const log = { debug: ignore, info: ignore, notice: ignore, warn: ignore, error: ignore };
  try {
    return await update({ ...ports, cache, log, caution: ignore }, { checkExists: true, rotations: 'leave' });
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw unproved(
      ports.gun,
      `the server does not serve it to a second reader: ${error.message}`,
      { reason: error.code },
      error,
    );
  }
}

function lost(gun: string, targets: readonly string[], roles: readonly string[]): NotaryError {
  const names = `${targets.slice(0, 5).join(', ')}${targets.length > 5 ? ` and ${targets.length - 5} more` : ''}`;
  const role = roles[0] ?? 'targets';
  return new NotaryError(
    'PUBLISH_UNVERIFIED',
    `the keys are revoked, but readers do not find ${targets.length} of the tags of ${gun} that were to stay: ${names}`,
    {
      details: { gun, targets, roles },
      hint: `Another client has published at the same moment. A holder of a key that is left signs ${role} again: tsnotary witness ${shellWord(gun)} ${role} -p`,
    },
  );
}

function unproved(
  gun: string,
  what: string,
  details: Readonly<Record<string, string | readonly string[]>>,
  cause?: NotaryError,
): NotaryError {
  return new NotaryError('PUBLISH_UNVERIFIED', `the revocation in ${gun} is not proved: ${what}`, {
    details: { gun, ...details },
    hint: `The server accepted the upload. Look at what it serves with "tsnotary delegation list ${shellWord(gun)}", and run this command again.`,
    cause,
  });
}
