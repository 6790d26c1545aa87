/** Warns of keys that were to go and stay, and of keys that come back with a role that is signed again. */

import { asCanonicalKeyId, type CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { keyId, type PublicKey } from '../../crypto/keys/public-key.ts';
import { isWildcard, parentRole } from '../../metadata/role-name.ts';
import type { Targets } from '../../metadata/targets.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { type Change, parseDelegationContent } from '../change.ts';
import { plainNames } from '../name-list.ts';
import type { Effects } from './contents.ts';

/** Nested roles of a file by the canonical ID of a key that it lists for them. */
type Holders = ReadonlyMap<CanonicalKeyId, readonly string[]>;

/**
 * Warns of purged keys that are still listed: in files that cannot be signed here, or that were not believed
 * when the purge was applied and list the key as soon as they are signed again. Files that could not be read at
 * all are named.
 */
export function cautionOfKeptKeys(effects: Effects): void {
  for (const [start, ids] of purges(effects.changes)) {
    if (ids.size === 0) continue;
    const { read, unread } = rolesBelow(start, effects);
    for (const [role, content] of read) {
      for (const [id, nested] of holdersIn(content)) if (ids.has(id)) kept(effects, { id, role, nested });
    }
    if (unread.length === 0) continue;
    effects.caution(
      'PURGE_INCOMPLETE',
      `whether a purged key stays in ${plainNames(unread)} is not known, since no trusted role leads there; purge again once ${unread.length === 1 ? 'it' : 'they'} can be read`,
      { roles: unread.slice(0, 10), keys: [...ids] },
    );
  }
}

function kept(
  { before, after, caution }: Effects,
  {
    id,
    role,
    nested,
  }: { readonly id: CanonicalKeyId; readonly role: string; readonly nested: readonly string[] },
): void {
  const reason = before.has(role)
    ? `which cannot be signed here: purge again where a key of ${role} is`
    : after.has(role)
      ? 'which was not trusted before: purge again after this'
      : `which is not trusted at present, but would be again once it is signed: purge again after that, or remove ${role}`;
  const where = `for ${plainNames(nested)} from ${role}, ${reason}`;
  caution(
    'PURGE_INCOMPLETE',
    `key ${id} was not purged ${where}`,
    { key: id, role, roles: nested.slice(0, 10) },
    `nothing was purged: key ${id} would not be purged ${where}`,
  );
}

/**
 * By the role below which they were to go, the keys that were purged and not added again.
 *
 * A purge in a changelist of another client may be for a part of the roles.
 */
function purges(changes: readonly Change[]): ReadonlyMap<string, ReadonlySet<CanonicalKeyId>> {
  const purged = new Map<string, Set<CanonicalKeyId>>();
  for (const change of changes) {
    if (change.type !== 'delegation' || change.action === 'delete') continue;
    const { removeKeys, addKeys } = parseDelegationContent(change);
    if (isWildcard(change.scope) && change.action === 'update') {
      const start = parentRole(change.scope);
      purged.set(start, new Set([...(purged.get(start) ?? []), ...removeKeys]));
    } else {
      for (const key of addKeys) for (const ids of purged.values()) ids.delete(idOf(key));
    }
  }
  return purged;
}

interface RolesBelow {
  readonly read: readonly (readonly [role: string, content: Targets])[];
  /** Roles that have a file, of which nothing is known. */
  readonly unread: readonly string[];
}

/** A role and all below it that are listed, by files that are believed or that may be again. */
function rolesBelow(start: string, { after, unusable, files }: Effects): RolesBelow {
  const read: (readonly [string, Targets])[] = [];
  const unread: string[] = [];
  const queue = [start];
  const seen = new Set(queue);
  for (const role of queue) {
    const content = after.get(role) ?? unusable.get(role);
    if (content === undefined) {
      if (files.has(role)) unread.push(role);
      continue;
    }
    read.push([role, content]);
    for (const { name } of content.delegations.roles) {
      if (!seen.has(name)) queue.push(name);
      seen.add(name);
    }
  }
  return { read, unread };
}

/**
 * Warns of keys of nested roles that are trusted again because the role above is, although no other role lists
 * them: they may have been purged meanwhile. A key that is added in the same publish is meant.
 */
export function cautionOfRestoredKeys({ before, after, unusable, files, changes, caution }: Effects): void {
  const restored = [...after].filter(
    ([role]) => !before.has(role) && (unusable.has(role) || files.has(role)),
  );
  if (restored.length === 0) return;
  const meant = addedKeys(changes);
  const listed = new Map([...after].map(([role, content]) => [role, holdersIn(content)] as const));
  for (const [role] of restored) {
    for (const [id, nested] of listed.get(role) ?? []) {
      const elsewhere = [...listed].some(([other, holders]) => other !== role && holders.has(id));
      if (elsewhere || meant.has(id)) continue;
      const names = plainNames(nested);
      const away = `if it was purged, take it away: "delegation remove" of the key from ${names}`;
      caution(
        'WITNESS_RESTORES_KEYS',
        `signing ${role} again makes key ${id} trusted for ${names}, and no other role lists that key; ${away}`,
        { role, key: id, roles: nested.slice(0, 10) },
        `signing ${role} again would make key ${id} trusted for ${names}, and no other role lists that key; ${away}`,
      );
    }
  }
}

function addedKeys(changes: readonly Change[]): ReadonlySet<CanonicalKeyId> {
  const edits = changes.filter(({ type, action }) => type === 'delegation' && action !== 'delete');
  return new Set(edits.flatMap((change) => parseDelegationContent(change).addKeys.map(idOf)));
}

function holdersIn({ delegations: { keys, roles } }: Targets): Holders {
  const holders = new Map<CanonicalKeyId, string[]>();
  for (const { name, keyIds } of roles) {
    for (const id of keyIds) {
      const key = keys.get(id);
      const canonical = key === undefined ? asCanonicalKeyId(id) : canonicalIdOr(id, key);
      const names = holders.get(canonical) ?? [];
      holders.set(canonical, names);
      names.push(name);
    }
  }
  return holders;
}

function idOf(key: PublicKey): CanonicalKeyId {
  return canonicalIdOr(keyId(key), key);
}
