/**
 * Applies staged changes of delegations to a draft: adds them, changes them, revokes their keys (Notary 0.7.0's rules
 * and wording).
 */

import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { didYouMean, nearNames, oneLetterAway } from '../encoding/near-names.ts';
import { isDelegation, isWildcard, parentRole } from '../metadata/role-name.ts';
import type { DelegationRole } from '../metadata/targets.ts';
import type { Caution, Log } from '../ports/log.ts';
import {
  changeDelegationKeys,
  changeDelegationPaths,
  checkDelegationName,
  deleteDelegation,
  purgeKeys,
} from '../tuf/delegation-edit.ts';
import { delegationSigners, noSuchRole } from '../tuf/delegation-signers.ts';
import type { Repo } from '../tuf/repo.ts';
import { checkCanSign } from '../tuf/sign-metadata.ts';
import { canonicalIds } from '../tuf/verify-signatures.ts';
import { type ApplyPorts, signingProblem, unsupported } from './apply-context.ts';
import { type Change, type DelegationContent, parseDelegationContent } from './change.ts';
import { quotedNames } from './name-list.ts';

/** @throws NotaryError NO_SUCH_ROLE, NO_KEYS, INVALID_ROLE, INVALID_PATH, INVALID_CHANGE, MALFORMED_JSON */
export async function applyDelegationChange(repo: Repo, change: Change, ports: ApplyPorts): Promise<void> {
  const { scope } = change;
  const { keys, log } = ports;
  const onUnusable = (role: string, threshold: number) =>
    log.warn(
      `role ${role} has fewer keys than its threshold of ${threshold}; it will not be usable until keys are added to it`,
    );
  const parentCanSign = async () => {
    checkDelegationName(scope);
    await checkCanSign(parentRole(scope), repo.signers(parentRole(scope)), keys);
  };
  if (change.action === 'update' && isWildcard(scope)) return purge(repo, change, ports, onUnusable);
  switch (change.action) {
    case 'create': {
      const content = parseDelegationContent(change);
      await parentCanSign();
      sayNearRole(repo, scope, log);
      changeDelegationKeys(
        repo,
        scope,
        { add: content.addKeys, remove: [], threshold: content.threshold },
        onUnusable,
      );
      changeDelegationPaths(repo, scope, { add: content.addPaths, remove: [], clear: false }, onUnusable);
      return;
    }
    case 'update': {
      const content = parseDelegationContent(change);
      if (!isDelegation(scope)) throw noSuchRole(scope, 'invalid delegation name');
      const unresolved = repo.unresolved(parentRole(scope));
      if (unresolved !== undefined) throw unresolved;
      const delegation = repo.findDelegation(scope);
      if (delegation === undefined) throw noSuchRole(scope, 'delegation does not exist');
      await parentCanSign();
      const { addKeys, removeKeys, threshold, addPaths, removePaths, clearPaths } = content;
      cautionOfMissingPaths(content, delegation, ports.caution);
      const listed = delegationSigners(repo.draft(parentRole(scope)).content, delegation).keys;
      cautionOfMissingKeys(removeKeys, new Set(canonicalIds(listed)), scope, ports.caution);
      changeDelegationKeys(repo, scope, { add: addKeys, remove: removeKeys, threshold }, onUnusable);
      changeDelegationPaths(
        repo,
        scope,
        { add: addPaths, remove: removePaths, clear: clearPaths },
        onUnusable,
      );
      return;
    }
    case 'delete':
      await parentCanSign();
      cautionOfMissingRole(repo, scope, ports.caution);
      deleteDelegation(repo, scope);
      return;
    default:
      throw unsupported(`unsupported action against delegations: ${change.action}`);
  }
}

/** Takes the keys of a wildcard change from every delegation whose parent can be signed here. */
async function purge(
  repo: Repo,
  change: Change,
  ports: ApplyPorts,
  onUnusable: (role: string, threshold: number) => void,
): Promise<void> {
  const { removeKeys } = parseDelegationContent(change);
  cautionOfMissingKeys(removeKeys, listedEverywhere(repo), 'any delegation', ports.caution);
  const canSign = (role: string) => canPurge(repo, role, ports);
  return purgeKeys(repo, parentRole(change.scope), removeKeys, canSign, onUnusable);
}

/** A new role one letter away from one that is there: most likely that one is meant. */
function sayNearRole(repo: Repo, role: string, log: Log): void {
  const near = oneLetterAway(role, listedRoles(repo));
  if (near.length > 0) log.warn(`${role} is a new delegation${didYouMean(near)}`, 'ROLE_NEW');
}

async function canPurge(repo: Repo, role: string, { keys, log, caution }: ApplyPorts): Promise<boolean> {
  const problem = await signingProblem(repo, role, keys);
  if (problem === undefined) return true;
  if (problem.code !== 'NO_KEYS') caution(problem.code, problem.hint ?? problem.message, problem.details);
  log.warn(
    `role ${role} contains keys being purged but you do not have the necessary keys present to sign it; keys will not be purged from ${role} or its immediate children`,
  );
  return false;
}

function listedEverywhere(repo: Repo): ReadonlySet<CanonicalKeyId> {
  const files = [...repo.targets.values(), ...repo.unusable.values()];
  return new Set(files.flatMap(({ content }) => canonicalIds(content.delegations.keys)));
}

/** The names of all delegations that a believed file lists. */
export function listedRoles(repo: Repo): readonly string[] {
  return [...repo.targets.values()].flatMap(({ content }) =>
    content.delegations.roles.map(({ name }) => name),
  );
}

function cautionOfMissingRole(repo: Repo, role: string, caution: Caution): void {
  if (repo.findDelegation(role) !== undefined) return;
  const parent = parentRole(role);
  if (repo.unusable.has(parent) && !repo.targets.has(parent)) {
    const untrusted = `${parent} is not trusted`;
    const refusal = `${untrusted}, so that ${role} cannot be removed; nothing was published`;
    caution('ROLE_NOT_THERE', `${role} was not removed, since ${untrusted}`, { role }, refusal);
    return;
  }
  const near = nearNames(role, listedRoles(repo));
  caution(
    'ROLE_NOT_THERE',
    `${role} was not removed, since ${parent} does not list it${didYouMean(near)}`,
    { role, near },
    `${parent} does not list ${role}; nothing was published${didYouMean(near)}`,
  );
}

function cautionOfMissingPaths(
  { removePaths, clearPaths }: DelegationContent,
  { name, paths }: DelegationRole,
  caution: Caution,
): void {
  const missing = removePaths.filter((path) => !paths.includes(path));
  if (clearPaths ? paths.length > 0 : missing.length === 0) return;
  const has = `${name} has ${paths.length === 0 ? 'no paths' : `the paths ${quotedNames(paths)}`}`;
  const removed = clearPaths
    ? 'none was'
    : `${quotedNames(missing)} ${missing.length === 1 ? 'was' : 'were'} not`;
  caution(
    'PATH_NOT_IN_ROLE',
    `${has}, so ${removed} removed from it`,
    { role: name, paths: missing.slice(0, 10) },
    clearPaths
      ? `${has}; nothing was published`
      : `${has}, but not ${quotedNames(missing)}; nothing was published`,
  );
}

function cautionOfMissingKeys(
  wanted: readonly CanonicalKeyId[],
  listed: ReadonlySet<CanonicalKeyId>,
  where: string,
  caution: Caution,
): void {
  for (const id of wanted) {
    if (listed.has(id)) continue;
    const absent = `key ${id} is not listed for ${where}`;
    caution(
      'KEY_NOT_IN_ROLE',
      `${absent}, so it was not removed`,
      { key: id, role: where },
      `${absent}; nothing was published`,
    );
  }
}
