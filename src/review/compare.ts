/**
 * Compares two states of a repository: what was added, removed or changed, by role. It knows nothing of versions,
 * signatures and expiry; two states that say the same about keys, paths, thresholds and targets are equal.
 */

import type { CanonicalKeyId, ListedKeyId } from '../crypto/keys/key-id.ts';
import { compareUtf8 } from '../encoding/bytes.ts';
import { type FileMeta, sameFileMeta } from '../metadata/file-meta.ts';
import { baseRoles } from '../metadata/role-name.ts';
import { canonicalIdOr } from '../tuf/verify-signatures.ts';
import type { RepositoryState, RoleState } from './state.ts';

/** One difference between two states. */
export type StateChange =
  | { readonly op: 'add' | 'remove'; readonly what: 'role'; readonly role: string }
  | {
      readonly op: 'add' | 'remove';
      readonly what: 'key';
      readonly role: string;
      readonly keyId: CanonicalKeyId;
      /** The ID under which metadata lists the key, where it is another one: that of a certificate. */
      readonly tufKeyId?: ListedKeyId;
    }
  | { readonly op: 'add' | 'remove'; readonly what: 'path'; readonly role: string; readonly path: string }
  | {
      readonly op: 'change';
      readonly what: 'threshold';
      readonly role: string;
      readonly before: number;
      readonly after: number;
    }
  | NewKey
  | TargetChange;

/** A key that does not exist before the change is carried out: it has no ID yet. */
export interface NewKey {
  readonly op: 'add' | 'remove';
  readonly what: 'new key';
  readonly role: string;
  readonly origin: 'made here' | 'made by the server' | `of ${string}`;
}

export interface TargetChange {
  readonly op: 'add' | 'remove' | 'change';
  readonly what: 'target';
  readonly role: string;
  readonly target: string;
  readonly before?: FileMeta;
  readonly after?: FileMeta;
}

/**
 * Everything that differs, in a fixed order: base roles first, then delegations by name; of each role the role
 * itself, its threshold, keys, paths and targets. Reversed, it is the comparison the other way round.
 */
export function compare(before: RepositoryState, after: RepositoryState): readonly StateChange[] {
  const names = new Set([...before.roles.keys(), ...after.roles.keys()]);
  return [...names]
    .sort(compareRoles)
    .flatMap((name) => compareRole(name, before.roles.get(name), after.roles.get(name)));
}

/** The same differences seen from the other side. */
export function reversed(changes: readonly StateChange[]): readonly StateChange[] {
  return changes.map((change): StateChange => {
    if (change.what === 'threshold') return { ...change, before: change.after, after: change.before };
    if (change.what === 'target') {
      const { op, before, after, ...same } = change;
      return {
        ...same,
        op: op === 'change' ? op : opposite(op),
        ...(after !== undefined && { before: after }),
        ...(before !== undefined && { after: before }),
      };
    }
    return { ...change, op: opposite(change.op) };
  });
}

function opposite(op: 'add' | 'remove'): 'add' | 'remove' {
  return op === 'add' ? 'remove' : 'add';
}

/** Base roles in the order of metadata, then delegations by UTF-8 bytes. */
export function compareRoles(one: string, other: string): number {
  const rank = (role: string) => {
    const at = (baseRoles as readonly string[]).indexOf(role);
    return at < 0 ? baseRoles.length : at;
  };
  return rank(one) - rank(other) || compareUtf8(one, other);
}

const noRole: Omit<RoleState, 'name' | 'threshold'> = { keys: new Map(), paths: [] };

function compareRole(
  role: string,
  before: RoleState | undefined,
  after: RoleState | undefined,
): readonly StateChange[] {
  const changes: StateChange[] = [];
  if (before === undefined) changes.push({ op: 'add', what: 'role', role });
  else if (after === undefined) changes.push({ op: 'remove', what: 'role', role });
  else if (before.threshold !== after.threshold) {
    changes.push({
      ...{ op: 'change', what: 'threshold', role },
      ...{ before: before.threshold, after: after.threshold },
    });
  }
  const old = before ?? noRole;
  const now = after ?? noRole;
  return [
    ...changes,
    ...compareKeys(role, old, now),
    ...comparePaths(role, old, now),
    ...compareTargets(role, old, now),
  ];
}

type Listed = Pick<RoleState, 'keys' | 'paths' | 'file'>;

function compareKeys(role: string, before: Listed, after: Listed): readonly StateChange[] {
  const differing = [
    ...[...before.keys]
      .filter(([id]) => !after.keys.has(id))
      .map(([id, key]) => ({ op: 'remove' as const, id, key })),
    ...[...after.keys]
      .filter(([id]) => !before.keys.has(id))
      .map(([id, key]) => ({ op: 'add' as const, id, key })),
  ];
  return differing
    .map(({ op, id, key }) => ({ op, id, keyId: canonicalIdOr(id, key) }))
    .sort((one, other) => compareUtf8(one.keyId, other.keyId) || compareUtf8(one.id, other.id))
    .map(({ op, id, keyId }) => ({
      ...{ op, what: 'key', role, keyId },
      ...((id as string) !== (keyId as string) && { tufKeyId: id }),
    }));
}

function comparePaths(role: string, before: Listed, after: Listed): readonly StateChange[] {
  const old = new Set(before.paths);
  const now = new Set(after.paths);
  return [...new Set([...old, ...now])]
    .filter((path) => !old.has(path) || !now.has(path))
    .sort(compareUtf8)
    .map((path) => ({ op: now.has(path) ? 'add' : 'remove', what: 'path', role, path }));
}

function compareTargets(role: string, before: Listed, after: Listed): readonly TargetChange[] {
  const old = before.file?.content.targets ?? new Map<string, FileMeta>();
  const now = after.file?.content.targets ?? new Map<string, FileMeta>();
  if (old === now) return [];
  const changes: TargetChange[] = [];
  for (const [target, meta] of old) {
    const next = now.get(target);
    if (next === undefined) changes.push({ op: 'remove', what: 'target', role, target, before: meta });
    else if (!sameFileMeta(meta, next))
      changes.push({ op: 'change', what: 'target', role, target, before: meta, after: next });
  }
  for (const [target, meta] of now) {
    if (!old.has(target)) changes.push({ op: 'add', what: 'target', role, target, after: meta });
  }
  return changes.sort((one, other) => compareUtf8(one.target, other.target));
}
