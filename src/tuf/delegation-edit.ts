/** Edits delegations in a draft: adds them, changes them, revokes their keys (Notary 0.7.0's rules). */

import type { CanonicalKeyId, ListedKeyId } from '../crypto/keys/key-id.ts';
import { keyId, type PublicKey } from '../crypto/keys/public-key.ts';
import { NotaryError } from '../errors.ts';
import { isDelegation, isSameOrBelow, parentRole } from '../metadata/role-name.ts';
import type { DelegationRole, Delegations, Targets } from '../metadata/targets.ts';
import { noSuchRole } from './delegation-signers.ts';
import { pathsAllow } from './path-prefixes.ts';
import type { Draft, Repo } from './repo.ts';
import { walkRoles } from './target-walk.ts';
import { canonicalIdOr } from './verify-signatures.ts';

export interface KeyChange {
  readonly add: readonly PublicKey[];
  /** Canonical IDs; those that the role does not have are passed over. */
  readonly remove: readonly CanonicalKeyId[];
  /** Makes the role when it does not exist; 0 changes existing roles only. */
  readonly threshold: number;
}

export interface PathChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly clear: boolean;
}

/** A role that has fewer keys than its threshold cannot be believed until it gets some. */
export type OnUnusable = (role: string, threshold: number) => void;

/**
 * Changes the keys of a delegation; makes the delegation when it is new and the change has a threshold.
 *
 * @throws NotaryError NO_SUCH_ROLE, INVALID_ROLE
 */
export function changeDelegationKeys(
  repo: Repo,
  name: string,
  change: KeyChange,
  onUnusable: OnUnusable,
): void {
  const parent = parentDraft(repo, name);
  const existing = repo.findDelegation(name);
  if (existing === undefined && change.threshold < 1) {
    throw new NotaryError('INVALID_ROLE', `tuf: invalid role ${name}.`, {
      details: { role: name },
      hint: `${name} does not exist yet; add it with a certificate first.`,
    });
  }
  const role = existing ?? { name, keyIds: [], paths: [], threshold: change.threshold };
  const listed = parent.content.delegations.keys;
  const removed = new Set(change.remove);
  const kept = role.keyIds.filter((id) => {
    const key = removed.size === 0 ? undefined : listed.get(id);
    return key === undefined || !removed.has(canonicalIdOr(id, key));
  });
  const held = new Set(kept);
  const added = change.add.map(keyId).filter((id) => !held.has(id));
  const keys = new Map(listed);
  for (const key of change.add) {
    const id = keyId(key);
    const present = keys.get(id);
    // The same entry again: of the one that is there more is known already.
    if (present === undefined || keyId(present) !== id) keys.set(id, key);
  }
  replaceRole(parent, { ...role, keyIds: [...kept, ...new Set(added)] }, keys);
  warnIfUnusable(repo, name, onUnusable);
}

/**
 * Changes the paths of an existing delegation. Added paths must lie within those of its parent.
 *
 * @throws NotaryError NO_SUCH_ROLE, INVALID_PATH
 */
export function changeDelegationPaths(
  repo: Repo,
  name: string,
  change: PathChange,
  onUnusable: OnUnusable,
): void {
  const parent = parentDraft(repo, name);
  const role = repo.findDelegation(name);
  if (role === undefined) throw noSuchRole(name, 'delegation does not exist');
  const allowed = repo.effectivePaths(parentRole(name));
  const outside = change.add.filter((path) => !pathsAllow(allowed, path));
  if (outside.length > 0) {
    throw new NotaryError('INVALID_PATH', `tuf: invalid role ${name}. invalid paths to add to role`, {
      details: { role: name, paths: outside },
      hint: `${parentRole(name)} may sign only names that start with: ${allowed.join(', ')}`,
    });
  }
  const removed = new Set(change.remove);
  const kept = change.clear ? [] : role.paths.filter((path) => !removed.has(path));
  const held = new Set(kept);
  const paths = [...kept, ...new Set(change.add.filter((path) => !held.has(path)))];
  replaceRole(parent, { ...role, paths }, parent.content.delegations.keys);
  warnIfUnusable(repo, name, onUnusable);
}

/**
 * Removes a delegation with everything below it: entries, files and snapshot entries. One that does not exist
 * is no error. (Notary 0.7.0 leaves nested roles in the snapshot, where they count again once their parents
 * are made again.)
 */
export function deleteDelegation(repo: Repo, name: string): void {
  const parent = repo.targets.get(parentRole(name));
  const listed = parent?.content.delegations.roles.some((role) => role.name === name) ?? false;
  const isRemoved = (role: string) => isSameOrBelow(role, name);
  for (const role of [...repo.targets.keys()].filter(isRemoved)) repo.targets.delete(role);
  const { meta } = repo.snapshot.content;
  const left = new Map([...meta].filter(([role]) => !isRemoved(role)));
  if (left.size < meta.size) repo.snapshot.content = { ...repo.snapshot.content, meta: left };
  if (parent === undefined || !listed) return;
  const { keys, roles } = parent.content.delegations;
  const rest = withoutUnusedKeys({ keys, roles: roles.filter((role) => role.name !== name) });
  setDelegations(parent, { ...rest, emptied: rest.roles.length === 0 });
}

/**
 * Removes keys from every delegation below a role.
 *
 * @param ids canonical IDs
 * @param canSign asked once for each role that lists such a key; where it says no, nothing is changed
 */
export async function purgeKeys(
  repo: Repo,
  start: string,
  ids: readonly CanonicalKeyId[],
  canSign: (role: string) => Promise<boolean>,
  onUnusable: OnUnusable,
): Promise<void> {
  const purged = new Set(ids);
  const contents = new Map([...repo.targets].map(([role, { content }]) => [role, content] as const));
  for (const { role } of [...walkRoles(contents, start)]) {
    const draft = repo.targets.get(role);
    if (draft === undefined) continue;
    const { keys, roles } = draft.content.delegations;
    const gone = new Set(
      [...keys].filter(([id, key]) => purged.has(canonicalIdOr(id, key))).map(([id]) => id),
    );
    if (gone.size === 0 || !(await canSign(role))) continue;
    const changed = roles.map((child) => ({ ...child, keyIds: child.keyIds.filter((id) => !gone.has(id)) }));
    setDelegations(draft, withoutUnusedKeys({ keys, roles: changed }));
    for (const child of changed)
      if (child.keyIds.length < child.threshold) onUnusable(child.name, child.threshold);
  }
}

/** @throws NotaryError NO_SUCH_ROLE for the name of a base role, a wildcard or no role at all */
export function checkDelegationName(name: string): void {
  if (!isDelegation(name)) throw noSuchRole(name, 'not a valid delegated role');
}

function parentDraft(repo: Repo, name: string): Draft<Targets> {
  checkDelegationName(name);
  return repo.draft(parentRole(name));
}

function replaceRole(
  parent: Draft<Targets>,
  role: DelegationRole,
  keys: ReadonlyMap<ListedKeyId, PublicKey>,
): void {
  const before = parent.content.delegations;
  const at = before.roles.findIndex(({ name }) => name === role.name);
  const changed = at < 0 ? [...before.roles, role] : before.roles.with(at, role);
  const present = new Set(role.keyIds);
  const lost = before.roles[at]?.keyIds.some((id) => !present.has(id)) ?? false;
  const delegations = { keys, roles: changed };
  // With every key in use before, and all that came given to the role, there is none to look for.
  setDelegations(parent, allUsed.has(before) && !lost ? delegations : withoutUnusedKeys(delegations));
  allUsed.add(parent.content.delegations);
}

/** Lists in which every key is some role's: what is known of them saves going through thousands for each change. */
const allUsed = new WeakSet<Delegations>();

function withoutUnusedKeys({ keys, roles }: Delegations): Delegations {
  const used = new Set(roles.flatMap(({ keyIds }) => keyIds));
  return { keys: new Map([...keys].filter(([id]) => used.has(id))), roles };
}

function setDelegations(draft: Draft<Targets>, delegations: Delegations): void {
  draft.content = { ...draft.content, delegations };
  draft.dirty = true;
}

function warnIfUnusable(repo: Repo, name: string, onUnusable: OnUnusable): void {
  const role = repo.findDelegation(name);
  if (role !== undefined && role.keyIds.length < role.threshold) onUnusable(name, role.threshold);
}
