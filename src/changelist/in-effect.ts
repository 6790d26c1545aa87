/** Finds out whether delegation changes that were published before are in effect now. */

import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { keyId } from '../crypto/keys/public-key.ts';
import { canonicalKeyId } from '../crypto/keys/verification-key.ts';
import { isWildcard, parentRole } from '../metadata/role-name.ts';
import { type DelegationRole, findDelegation, type Targets } from '../metadata/targets.ts';
import { delegationSigners } from '../tuf/delegation-signers.ts';
import { canonicalIds } from '../tuf/verify-signatures.ts';
import { type Change, parseDelegationContent } from './change.ts';

type Believed = (role: string) => Targets | undefined;

/**
 * The changes of delegations and witnesses that are not in effect: another client has undone them, or the server
 * never took them. Of several changes of one delegation the last one of each key and path counts.
 *
 * @param believed the verified content of every role
 */
export function notInEffect(changes: readonly Change[], believed: Believed): readonly Change[] {
  const later = new Map<string, Set<string>>();
  return changes
    .toReversed()
    .filter((change) => {
      const { type, scope, action } = change;
      if (type === 'witness') return believed(scope) === undefined;
      if (type !== 'delegation') return false;
      const seen = later.get(scope) ?? new Set<string>();
      later.set(scope, seen);
      if (seen.has('role')) return false;
      if (action !== 'delete') return isUndone(change, seen, believed);
      const listed = entryOf(scope, believed) !== undefined && seen.size === 0;
      seen.add('role');
      return listed;
    })
    .toReversed();
}

/** @param seen the keys and paths of which a later change has had the last word */
function isUndone(change: Change, seen: Set<string>, believed: Believed): boolean {
  const { scope } = change;
  const content = parseDelegationContent(change);
  if (isWildcard(scope))
    return content.removeKeys.some((id) => isListedBelow(parentRole(scope), id, believed));
  const entry = entryOf(scope, believed);
  const parent = believed(parentRole(scope));
  const keys = new Set(entry?.keyIds);
  const canonical = new Set(parent && entry ? canonicalIds(delegationSigners(parent, entry).keys) : []);
  const paths = new Set(entry?.paths);
  const first = (name: string) => {
    const isFirst = !seen.has(name);
    seen.add(name);
    return isFirst;
  };
  const lacks = [
    ...content.addKeys.map((key) => first(`k${canonicalOf(key)}`) && !keys.has(keyId(key))),
    ...content.addPaths.map((path) => first(`p${path}`) && !paths.has(path)),
    ...content.removeKeys.map((id) => first(`k${id}`) && canonical.has(id)),
    ...content.removePaths.map((path) => first(`p${path}`) && paths.has(path)),
  ];
  return entry === undefined || lacks.some(Boolean);
}

function canonicalOf(key: Parameters<typeof canonicalKeyId>[0]): string {
  try {
    return canonicalKeyId(key);
  } catch {
    return keyId(key);
  }
}

function entryOf(role: string, believed: Believed): DelegationRole | undefined {
  const parent = believed(parentRole(role));
  return parent && findDelegation(parent, role);
}

function isListedBelow(role: string, id: CanonicalKeyId, believed: Believed): boolean {
  const content = believed(role);
  if (content === undefined) return false;
  return content.delegations.roles.some(
    (entry) =>
      canonicalIds(delegationSigners(content, entry).keys).includes(id) ||
      isListedBelow(entry.name, id, believed),
  );
}
