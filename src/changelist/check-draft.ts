/**
 * Checks a draft before it is signed: it is what was published plus the staged changes, no less and no more. It
 * goes by names and values alone and shares no code with the application of changes.
 */

import { asCanonicalKeyId, type ListedKeyId } from '../crypto/keys/key-id.ts';
import { keyId, type PublicKey } from '../crypto/keys/public-key.ts';
import { NotaryError } from '../errors.ts';
import { type FileMeta, sameFileMeta } from '../metadata/file-meta.ts';
import { ancestorsOf, isSameOrBelow, isWildcard, parentRole } from '../metadata/role-name.ts';
import type { DelegationRole, Targets } from '../metadata/targets.ts';
import type { Repo } from '../tuf/repo.ts';
import { canonicalIdOr } from '../tuf/verify-signatures.ts';
import { type Change, type DelegationContent, parseDelegationContent, parseTargetContent } from './change.ts';

/**
 * Refuses a draft in which a role has lost, gained or changed a target, a delegation, a key or a path that no
 * staged change names.
 *
 * @param before the content on which each role was edited; a role that is not in it started empty
 * @throws NotaryError UNASKED_CHANGE
 */
export function checkDraft(
  before: ReadonlyMap<string, Targets>,
  repo: Repo,
  changes: readonly Change[],
): void {
  const asked = sortChanges(changes);
  for (const [role, { content, dirty }] of repo.targets) {
    if (!dirty) continue;
    const startsAnew = isRemoved(role, asked);
    const old = startsAnew ? undefined : before.get(role);
    checkTargets(role, old?.targets ?? new Map(), content.targets, asked.targets.get(role) ?? new Map());
    checkDelegations(role, old, content, asked);
  }
  for (const role of before.keys()) {
    if (repo.targets.has(role) || isRemoved(role, asked)) continue;
    throw unasked(role, 'the role itself would be lost, whose removal is not staged');
  }
}

interface Asked {
  /** By role and name: what the last staged change makes of a target; undefined for its removal. */
  readonly targets: ReadonlyMap<string, ReadonlyMap<string, Change>>;
  /** By delegation: what is staged for its entry. */
  readonly entries: ReadonlyMap<string, readonly DelegationContent[]>;
  /** What is staged for the keys of all delegations. */
  readonly purges: readonly DelegationContent[];
  /** Delegations whose removal is staged. */
  readonly removed: ReadonlySet<string>;
}

function sortChanges(changes: readonly Change[]): Asked {
  const targets = new Map<string, Map<string, Change>>();
  const entries = new Map<string, DelegationContent[]>();
  const purges: DelegationContent[] = [];
  const removed = new Set<string>();
  for (const change of changes) {
    const { type, scope, action, path } = change;
    if (type === 'target') {
      const ofRole = targets.get(scope) ?? new Map<string, Change>();
      targets.set(scope, ofRole.set(path, change));
    } else if (type === 'delegation' && action === 'delete') {
      removed.add(scope);
      for (const role of targets.keys()) if (isSameOrBelow(role, scope)) targets.delete(role);
    } else if (type === 'delegation') {
      const content = parseDelegationContent(change);
      if (isWildcard(scope)) purges.push(content);
      else entries.set(scope, [...(entries.get(scope) ?? []), content]);
    }
  }
  return { targets, entries, purges, removed };
}

/** A role whose removal, or that of an ancestor, is staged. */
function isRemoved(role: string, { removed }: Asked): boolean {
  return removed.size > 0 && [...ancestorsOf(role), role].some((name) => removed.has(name));
}

function checkTargets(
  role: string,
  old: ReadonlyMap<string, FileMeta>,
  now: ReadonlyMap<string, FileMeta>,
  staged: ReadonlyMap<string, Change>,
): void {
  const expected = (name: string): FileMeta | undefined => {
    const change = staged.get(name);
    if (change === undefined) return old.get(name);
    return change.action === 'delete' ? undefined : parseTargetContent(change);
  };
  for (const [name, meta] of old) {
    const next = now.get(name);
    if (next === meta) continue;
    checkTarget(role, name, next, expected(name));
  }
  for (const [name, meta] of now) {
    if (!old.has(name)) checkTarget(role, name, meta, expected(name));
  }
}

function checkTarget(
  role: string,
  name: string,
  found: FileMeta | undefined,
  expected: FileMeta | undefined,
): void {
  const quoted = JSON.stringify(name);
  if (found === undefined && expected === undefined) return;
  if (found === undefined) throw unasked(role, `it would lose the target ${quoted}`);
  if (expected === undefined) throw unasked(role, `it would gain the target ${quoted}`);
  if (!sameFileMeta(found, expected)) throw unasked(role, `the target ${quoted} would be another one`);
}

function checkDelegations(role: string, old: Targets | undefined, now: Targets, asked: Asked): void {
  const before = old?.delegations;
  const entries = new Map(now.delegations.roles.map((entry) => [entry.name, entry]));
  for (const entry of before?.roles ?? []) {
    const next = entries.get(entry.name);
    const mayGo = asked.removed.has(entry.name);
    if (next === undefined) {
      if (!mayGo) throw unasked(role, `it would lose the delegation ${entry.name}`);
      continue;
    }
    if (next === entry || mayGo) continue;
    const keys = new Map([...(before?.keys ?? []), ...now.delegations.keys]);
    checkEntry(role, entry, next, keys, asked);
  }
  const known = new Set(before?.roles.map(({ name }) => name));
  for (const name of entries.keys()) {
    if (known.has(name) || (asked.entries.has(name) && parentRole(name) === role)) continue;
    throw unasked(role, `it would gain the delegation ${name}`);
  }
}

function checkEntry(
  role: string,
  old: DelegationRole,
  now: DelegationRole,
  keys: ReadonlyMap<ListedKeyId, PublicKey>,
  { entries, purges }: Asked,
): void {
  const own = entries.get(old.name) ?? [];
  const canonical = (id: ListedKeyId) => {
    const key = keys.get(id);
    return key === undefined ? asCanonicalKeyId(id) : canonicalIdOr(id, key);
  };
  const removedKeys = new Set([...own, ...purges].flatMap(({ removeKeys }) => removeKeys));
  const addedKeys = new Set(own.flatMap(({ addKeys }) => addKeys.map(keyId)));
  const removedPaths = new Set(own.flatMap(({ removePaths }) => removePaths));
  const addedPaths = new Set(own.flatMap(({ addPaths }) => addPaths));
  const cleared = own.some(({ clearPaths }) => clearPaths);
  const { name } = old;
  for (const id of without(old.keyIds, now.keyIds)) {
    if (!removedKeys.has(canonical(id))) throw unasked(role, `${name} would lose the key ${canonical(id)}`);
  }
  for (const id of without(now.keyIds, old.keyIds)) {
    if (!addedKeys.has(id)) throw unasked(role, `${name} would gain the key ${canonical(id)}`);
  }
  for (const path of without(old.paths, now.paths)) {
    if (!cleared && !removedPaths.has(path))
      throw unasked(role, `${name} would lose the path ${quote(path)}`);
  }
  for (const path of without(now.paths, old.paths)) {
    if (!addedPaths.has(path)) throw unasked(role, `${name} would gain the path ${quote(path)}`);
  }
  if (now.threshold !== old.threshold) throw unasked(role, `${name} would have another threshold`);
}

function without<Item extends string>(list: readonly Item[], others: readonly Item[]): readonly Item[] {
  const known = new Set(others);
  return list.filter((item) => !known.has(item));
}

function quote(path: string): string {
  return JSON.stringify(path);
}

function unasked(role: string, what: string): NotaryError {
  return new NotaryError(
    'UNASKED_CHANGE',
    `${role} was not signed: ${what}, which no staged change asks for`,
    {
      details: { role },
      hint: 'Nothing was signed or sent, and the staged changes are kept. This is a defect of tsnotary; please report it.',
    },
  );
}
