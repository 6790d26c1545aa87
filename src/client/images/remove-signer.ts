/**
 * Removes a signer from the repository of an image: the role of the signer goes, and its keys may not sign released tags any
 * more. (Docker CLI 26 to 28.2.2 says so and does nothing.)
 */

import { type Change, delegationChange, delegationDeletion } from '../../changelist/change.ts';
import { counted, plainNames } from '../../changelist/name-list.ts';
import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError, rephrased } from '../../errors.ts';
import { compareNatural } from '../../images/natural-order.ts';
import { hasExpired } from '../../metadata/expiry.ts';
import { parentRole } from '../../metadata/role-name.ts';
import type { Signed } from '../../metadata/signed.ts';
import type { Targets } from '../../metadata/targets.ts';
import { sha256Hex } from '../../tuf/checksums.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { canonicalIdOr, canonicalIds, isSignedBy, type RoleKeySet } from '../../tuf/verify-signatures.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { update } from '../update/update.ts';
import { publishToImage } from './publish-image.ts';
import { releasesRole } from './signatures.ts';

export interface SignerRemoval {
  readonly name: string;
  /** The repository as the user calls it, for messages. */
  readonly typed: string;
  /** Asked when no released tag would be left that readers believe, or would believe again once it is renewed; false ends the work with nothing sent. */
  readonly agree: () => Promise<boolean>;
}

export interface SignerRemoved {
  /** Canonical IDs of the keys that may not sign released tags any more. */
  readonly keyIds: readonly CanonicalKeyId[];
  /** Tags that are not released any more, until they are signed again. */
  readonly lost: readonly string[];
}

/** Ends a publication that the user has not agreed to. */
class Declined extends Error {}

/**
 * Publishes the removal at once, and returns when the server has been seen to serve it. Staged changes stay staged. A key
 * that another signer of the owner has as well stays in `targets/releases`.
 *
 * @returns undefined when the user has not agreed
 * @throws NotaryError SIGNER_NAME_INVALID; NO_SUCH_ROLE; every code of `update`, in docker's words, of `publishToImage` and of
 * `agree`
 */
export async function removeSigner(
  ports: RepositoryPorts,
  { name, typed, agree }: SignerRemoval,
): Promise<SignerRemoved | undefined> {
  const role = `targets/${name}`;
  const find = (loaded: Pick<LoadedRepo, 'targets' | 'unusable'>): Plan => {
    const plan = planRemoval(loaded, role, ports.clock.now());
    if (plan !== undefined) return plan;
    throw new NotaryError('NO_SUCH_ROLE', `no signer ${name} for repository ${typed}`, {
      details: { gun: ports.gun, role },
    });
  };
  let agreed = false;
  const permitted = async ({ isLast }: Plan): Promise<boolean> =>
    !isLast || agreed || (agreed = await agree());
  let plan = find(await signersOf(ports, typed));
  if (!(await permitted(plan))) return undefined;
  try {
    const { unseen } = await publishToImage(ports, {
      changes: async (loaded) => {
        plan = find(loaded);
        // Another client may have published since the question.
        if (!(await permitted(plan))) throw new Declined();
        return plan.changes;
      },
      review: () => (plan.isUnbelieved ? [releasesRole] : []),
    });
    for (const { code, message, details } of unseen) ports.caution(code, message, details);
  } catch (error) {
    if (error instanceof Declined) return undefined;
    throw error;
  }
  warnOfLost(ports, plan, typed);
  return { keyIds: plan.keyIds, lost: plan.lost };
}

async function signersOf(ports: RepositoryPorts, typed: string) {
  try {
    return await update(ports);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw rephrased(error, (message) => `error retrieving signers for ${typed}: ${message}`);
  }
}

interface Plan {
  readonly changes: readonly Change[];
  readonly keyIds: readonly CanonicalKeyId[];
  /** The signer has signed `targets/releases` last: without it there are not enough signatures. */
  readonly isLast: boolean;
  /** `targets/releases` has expired: the next signature of a key of it releases again what is in it. */
  readonly hasExpired: boolean;
  /** Readers will not believe `targets/releases`. */
  readonly isUnbelieved: boolean;
  /** How many keys may still sign `targets/releases`. */
  readonly staying: number;
  readonly lost: readonly string[];
}

/** What a removal changes and costs; undefined when there is no such signer. */
function planRemoval(
  { targets, unusable }: Pick<LoadedRepo, 'targets' | 'unusable'>,
  role: string,
  now: Date,
): Plan | undefined {
  const entries = entriesOf(targets);
  const signer = entries.get(role);
  if (signer === undefined) return undefined;
  const shared = keysOfOthers(entries, role);
  const own = new Set(canonicalIds(signer.keys).filter((id) => !shared.has(id)));
  const releases = entries.get(releasesRole);
  const removed = releases === undefined ? [] : canonicalIds(releases.keys).filter((id) => own.has(id));
  const deletion = delegationDeletion(role);
  if (releases === undefined || removed.length === 0)
    return { ...{ changes: [deletion], keyIds: [], isLast: false, hasExpired: false }, ...nothingLost };
  const kept = new Map([...releases.keys].filter(([id, key]) => !own.has(canonicalIdOr(id, key))));
  const { threshold } = releases;
  const past = expiredFile(unusable, releases, now);
  const file = targets.get(releasesRole) ?? past;
  const isLast = file !== undefined && !isSignedBy(file.envelope, { keys: kept, threshold }, releasesRole);
  return {
    changes: [delegationChange('update', releasesRole, { removeKeys: removed }), deletion],
    ...{ keyIds: removed, isLast, hasExpired: file !== undefined && file === past },
    ...{ isUnbelieved: isLast || kept.size < threshold, staying: kept.size },
    lost: isLast ? releasedByItAlone(file.content, targets.get('targets')?.content) : [],
  };
}

const nothingLost = { isUnbelieved: false, staying: 0, lost: [] } as const;

/** The file that readers would believe if it had not expired. */
function expiredFile(
  unusable: LoadedRepo['unusable'],
  releases: RoleKeySet,
  now: Date,
): Signed<Targets> | undefined {
  const file = unusable.get(releasesRole);
  if (file === undefined || !hasExpired(file.content.expires, now)) return undefined;
  return isSignedBy(file.envelope, releases, releasesRole) ? file : undefined;
}

/**
 * The keys of the other signers that the owner has named. A delegation further down is named by a signer: if its keys
 * counted, a signer could keep the right to sign released tags by listing the own key there.
 */
function keysOfOthers(entries: ReadonlyMap<string, RoleKeySet>, role: string): ReadonlySet<CanonicalKeyId> {
  const others = [...entries].filter(
    ([name]) => name !== role && name !== releasesRole && parentRole(name) === 'targets',
  );
  return new Set(others.flatMap(([, { keys }]) => canonicalIds(keys)));
}

/** The keys of every delegation that a believed file lists. */
function entriesOf(targets: LoadedRepo['targets']): ReadonlyMap<string, RoleKeySet> {
  return new Map(
    [...targets.values()].flatMap(({ content }) =>
      content.delegations.roles.map((entry) => [entry.name, delegationSigners(content, entry)] as const),
    ),
  );
}

/** The tags that `targets` does not have with the same digest. */
function releasedByItAlone(releases: Targets, owners: Targets | undefined): readonly string[] {
  return [...releases.targets]
    .filter(([tag, meta]) => {
      const other = owners?.targets.get(tag);
      return other === undefined || sha256Hex(other) !== sha256Hex(meta);
    })
    .map(([tag]) => tag)
    .sort(compareNatural);
}

function warnOfLost(
  { gun, log }: RepositoryPorts,
  { lost, staying, hasExpired: wasExpired }: Plan,
  typed: string,
): void {
  const [first] = lost;
  if (first === undefined) return;
  const signAgain = `tsnotary trust sign --from-registry ${shellWord(`${gun}:${first}`)}`;
  const way =
    staying > 0
      ? `another signer signs each of them again: ${signAgain}`
      : `no signer is left who could sign them: add one with "tsnotary trust signer add", who signs each of them again: ${signAgain}`;
  const verb = lost.length === 1 ? 'is' : 'are';
  const what = wasExpired
    ? `${verb} not released again when ${releasesRole}, which has expired, is renewed`
    : `${verb} not released any more`;
  log.warn(
    `${counted(lost.length, 'tag')} of ${typed} ${what}, since the removed signer had signed them last: ${plainNames(lost)}; ${way}`,
    'TAGS_WOULD_VANISH',
  );
}
