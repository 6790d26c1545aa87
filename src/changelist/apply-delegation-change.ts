/** Staged changes of delegations, applied to a draft (Notary 0.7.0's rules and wording). */

import type { KeyId } from '../crypto/public-key.ts';
import { isDelegation, isWildcard, parentRole } from '../metadata/role-name.ts';
import type { Caution, Log } from '../ports.ts';
import {
  changeDelegationKeys,
  changeDelegationPaths,
  checkDelegationName,
  deleteDelegation,
  purgeKeys,
} from '../tuf/delegation-edit.ts';
import type { Repo } from '../tuf/repo.ts';
import { delegationSigners, noSuchRole } from '../tuf/repo-builder.ts';
import { checkCanSign, type SigningKeys } from '../tuf/sign-metadata.ts';
import { canonicalIds } from '../tuf/verify-signatures.ts';
import { type ApplyPorts, unsupported, whyNotSignable } from './apply-work.ts';
import { type Change, parseDelegationContent } from './change.ts';

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
  if (change.action === 'update' && isWildcard(scope)) {
    const canSign = (role: string) => canPurge(repo, role, keys, log);
    const { removeKeys } = parseDelegationContent(change);
    cautionOfMissingKeys(removeKeys, listedEverywhere(repo), 'any delegation', ports.caution);
    return purgeKeys(repo, parentRole(scope), removeKeys, canSign, onUnusable);
  }
  switch (change.action) {
    case 'create': {
      const content = parseDelegationContent(change);
      await parentCanSign();
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
      deleteDelegation(repo, scope);
      return;
    default:
      throw unsupported(`unsupported action against delegations: ${change.action}`);
  }
}

async function canPurge(repo: Repo, role: string, keys: SigningKeys, log: Log): Promise<boolean> {
  if ((await whyNotSignable(repo, role, keys)) === undefined) return true;
  log.warn(
    `role ${role} contains keys being purged but you do not have the necessary keys present to sign it; keys will not be purged from ${role} or its immediate children`,
  );
  return false;
}

function listedEverywhere(repo: Repo): ReadonlySet<KeyId> {
  return new Set([...repo.targets.values()].flatMap(({ content }) => canonicalIds(content.delegations.keys)));
}

function cautionOfMissingKeys(
  wanted: readonly KeyId[],
  listed: ReadonlySet<KeyId>,
  where: string,
  caution: Caution,
): void {
  for (const id of wanted) {
    if (listed.has(id)) continue;
    caution('KEY_NOT_IN_ROLE', `key ${id} is not listed for ${where}, so it was not removed`, {
      key: id,
      role: where,
    });
  }
}

/** A delegation without paths may sign no target at all. Asked when all changes have been applied. */
export function cautionOfEmptyDelegations(repo: Repo, changes: readonly Change[], caution: Caution): void {
  const made = new Set(
    changes
      .filter(({ type, action }) => type === 'delegation' && action === 'create')
      .map(({ scope }) => scope),
  );
  for (const role of made) {
    if (repo.findDelegation(role)?.paths.length !== 0) continue;
    caution(
      'DELEGATION_SIGNS_NOTHING',
      `${role} has no paths, so no target in it counts; add them with "delegation add" and --all-paths or --paths`,
      { role },
    );
  }
}
