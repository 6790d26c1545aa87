/** Staged changes become edits of a draft, in order; any failure leaves nothing half done for the caller to send. */

import { keyId, type PublicKey } from '../crypto/public-key.ts';
import { canonicalJson } from '../encoding/canonical-json.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { type FileMeta, fileMetaToJson } from '../metadata/file-meta.ts';
import { isDelegation, isTargetsRole, isWildcard, parentRole } from '../metadata/role-name.ts';
import type { Log } from '../ports.ts';
import {
  changeDelegationKeys,
  changeDelegationPaths,
  checkDelegationName,
  deleteDelegation,
  purgeKeys,
} from '../tuf/delegation-edit.ts';
import { editTargets, pathsAllow, type Repo } from '../tuf/repo.ts';
import { noSuchRole } from '../tuf/repo-builder.ts';
import { checkCanSign, type SigningKeys } from '../tuf/sign-metadata.ts';
import { type Change, parseDelegationContent, parseRoleKeysContent, parseTargetContent } from './change.ts';

export interface ApplyPorts {
  readonly keys: SigningKeys;
  readonly log: Log;
}

/**
 * Applies changes in order (Notary 0.7.0's rules and wording).
 *
 * @throws NotaryError INVALID_CHANGE, NO_SUCH_ROLE, NO_KEYS, INVALID_PATH, MALFORMED_JSON
 */
export async function applyChanges(repo: Repo, changes: readonly Change[], ports: ApplyPorts): Promise<void> {
  const work = { ...ports, refusals: new Map<string, Promise<NotaryError | undefined>>() };
  for (const change of changes) {
    // Keys of roles change with delegations only, so an answer holds for a run of target changes.
    if (change.type !== 'target') work.refusals.clear();
    await applyChange(repo, change, work);
  }
}

interface Work extends ApplyPorts {
  /** Whether a role can be signed here, asked once. */
  readonly refusals: Map<string, Promise<NotaryError | undefined>>;
}

async function applyChange(repo: Repo, change: Change, ports: Work): Promise<void> {
  if (change.scope === 'root') {
    applyRootChange(repo, change);
    return;
  }
  if (!isTargetsRole(change.scope) && !isWildcard(change.scope))
    throw unsupported(`scope not supported: ${change.scope}`);
  switch (change.type) {
    case 'target':
      return applyTargetChange(repo, change, ports);
    case 'delegation':
      return applyDelegationChange(repo, change, ports);
    case 'witness':
      witness(repo, change.scope);
      return;
    default:
      throw unsupported('only target meta and delegations changes supported');
  }
}

async function applyTargetChange(repo: Repo, change: Change, work: Work): Promise<void> {
  const { scope, path } = change;
  switch (change.action) {
    case 'create': {
      const meta = parseTargetContent(change);
      return logged(work.log, `couldn't add target to ${scope}`, () =>
        addTarget(repo, scope, path, meta, work),
      );
    }
    case 'delete':
      return logged(work.log, `couldn't remove target from ${scope}`, () =>
        removeTarget(repo, scope, path, work),
      );
    default:
      throw unsupported(`action not yet supported: ${change.action}`);
  }
}

async function logged(log: Log, what: string, edit: () => Promise<void>): Promise<void> {
  try {
    await edit();
  } catch (error) {
    if (isNotaryError(error)) log.error(`${what}: ${error.message}`);
    throw error;
  }
}

async function addTarget(repo: Repo, role: string, name: string, meta: FileMeta, work: Work): Promise<void> {
  if (isWildcard(role)) throw noSuchRole(role, 'does not exist');
  const refusal = await refusalOf(repo, role, work);
  const draft = repo.draft(role);
  const allowed = pathsAllow(repo.effectivePaths(role), name);
  const existing = draft.content.targets.get(name);
  if (allowed && existing !== undefined && sameMeta(existing, meta)) return;
  if (allowed && refusal !== undefined) throw refusal;
  if (!allowed) {
    throw new NotaryError('INVALID_PATH', 'Could not add all targets', {
      details: { role, target: name },
      hint: `${role} may not sign ${JSON.stringify(name)}; its paths are: ${
        repo
          .effectivePaths(role)
          .map((path) => JSON.stringify(path))
          .join(', ') || 'none'
      }`,
    });
  }
  editTargets(draft).set(name, meta);
}

async function removeTarget(repo: Repo, role: string, name: string, work: Work): Promise<void> {
  if (isWildcard(role)) throw noSuchRole(role, 'does not exist');
  const refusal = await refusalOf(repo, role, work);
  const draft = repo.targets.get(role);
  if (draft?.content.targets.has(name) !== true) return;
  if (refusal !== undefined) throw refusal;
  editTargets(draft).delete(name);
}

function refusalOf(repo: Repo, role: string, { refusals, keys }: Work): Promise<NotaryError | undefined> {
  let refusal = refusals.get(role);
  if (refusal === undefined) {
    refusal = whyNotSignable(repo, role, keys);
    refusals.set(role, refusal);
  }
  return refusal;
}

/** The reason why a role cannot be signed here. A role that does not exist is thrown at once. */
async function whyNotSignable(repo: Repo, role: string, keys: SigningKeys): Promise<NotaryError | undefined> {
  try {
    await checkCanSign(role, repo.signers(role), keys);
    return undefined;
  } catch (error) {
    if (isNotaryError(error, 'NO_KEYS')) return error;
    throw error;
  }
}

function sameMeta(left: FileMeta, right: FileMeta): boolean {
  return canonicalJson(fileMetaToJson(left)) === canonicalJson(fileMetaToJson(right));
}

async function applyDelegationChange(repo: Repo, change: Change, { keys, log }: ApplyPorts): Promise<void> {
  const { scope } = change;
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
    return purgeKeys(repo, parentRole(scope), parseDelegationContent(change).removeKeys, canSign, onUnusable);
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
      if (repo.findDelegation(scope) === undefined) throw noSuchRole(scope, 'delegation does not exist');
      await parentCanSign();
      const { addKeys, removeKeys, threshold, addPaths, removePaths, clearPaths } = content;
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

/** Marks a role for signing again; one below its threshold is taken over with its targets. */
function witness(repo: Repo, role: string): void {
  const draft = repo.targets.get(role);
  if (draft !== undefined) {
    draft.dirty = true;
    return;
  }
  const delegation = role === 'targets' || isWildcard(role) ? undefined : repo.findDelegation(role);
  const unusable = repo.unusable.get(role);
  if (delegation !== undefined && delegation.threshold > delegation.keyIds.length) {
    throw noSuchRole(role, 'role does not specify enough valid signing keys to meet its required threshold');
  }
  if (delegation === undefined || unusable === undefined) throw noSuchRole(role, 'this role is not known');
  repo.targets.set(role, { content: unusable.content, bytes: unusable.envelope.bytes, dirty: true });
}

function applyRootChange(repo: Repo, change: Change): void {
  if (change.type !== 'role') throw unsupported(`type of root change not yet supported: ${change.type}`);
  if (change.action !== 'create') throw unsupported(`action not yet supported for root: ${change.action}`);
  const { role, keys } = parseRoleKeysContent(change);
  replaceBaseKeys(repo, role, keys);
}

/**
 * Gives a base role new keys. Former root certificates stay listed, since old signatures are looked up
 * by them; former keys of other roles go.
 *
 * @returns the keys that were replaced
 */
export function replaceBaseKeys(repo: Repo, role: string, keys: readonly PublicKey[]): readonly PublicKey[] {
  const { content } = repo.root;
  const old = content.roles.get(role);
  if (old === undefined) throw noSuchRole(role, 'not a base role');
  const replaced = old.keyIds.flatMap((id) => content.keys.get(id) ?? []);
  const roles = new Map(content.roles).set(role, { keyIds: keys.map(keyId), threshold: old.threshold });
  const stillUsed = new Set([...roles.values()].flatMap(({ keyIds }) => keyIds));
  const listed = new Map(content.keys);
  if (role !== 'root') for (const id of old.keyIds) if (!stillUsed.has(id)) listed.delete(id);
  for (const key of keys) listed.set(keyId(key), key);
  repo.root.content = { ...content, roles, keys: listed };
  repo.root.dirty = true;
  // The file of a role must carry the signatures of its new keys from the same upload on.
  if (role === 'targets') repo.draft('targets').dirty = true;
  return replaced;
}

function unsupported(message: string): NotaryError {
  return new NotaryError('INVALID_CHANGE', message, {
    hint: 'Look at the staged changes with "status"; "reset -n NUMBER" removes one.',
  });
}
