/** Finds the roles that staged changes touch: whose files will be signed again, and what is staged for each. */

import { type Change, parseWitnessContent } from '../../changelist/change.ts';
import { digest } from '../../crypto/signatures/digest.ts';
import { toHex } from '../../encoding/bytes.ts';
import { ancestorsOf, isDelegation, isSameOrBelow, parentRole } from '../../metadata/role-name.ts';

/** A role whose file is signed again, or an ancestor of one. */
export interface Touched {
  readonly role: string;
  /** False for a role that is only an ancestor of another one. */
  readonly direct: boolean;
  /** A witness of the role is staged. */
  readonly witnessed: boolean;
  /** The removal of the role, or of an ancestor, is staged. */
  readonly removed: boolean;
  /** True for a file whose digest a staged witness names. */
  accepts(bytes: Uint8Array): boolean;
}

/** The roles, ancestors first. Purges are left out: they touch only what has been loaded. */
export function touchedRoles(changes: readonly Change[]): readonly Touched[] {
  const direct = new Set<string>();
  const witnessed = new Map<string, ReadonlySet<string>>();
  const removed: string[] = [];
  for (const change of changes) {
    const { type, scope, action } = change;
    if (scope !== 'targets' && !isDelegation(scope)) continue;
    direct.add(type === 'delegation' && isDelegation(scope) ? parentRole(scope) : scope);
    if (type === 'delegation' && action === 'delete') removed.push(scope);
    if (type !== 'witness') continue;
    const accepted = parseWitnessContent(change);
    witnessed.set(scope, new Set([...(witnessed.get(scope) ?? []), ...accepted]));
  }
  const all = new Set([...direct].flatMap((role) => [...ancestorsOf(role), role]));
  return [...all].sort(byDepth).map((role) => ({
    role,
    direct: direct.has(role),
    witnessed: witnessed.has(role),
    removed: removed.some((ancestor) => isSameOrBelow(role, ancestor)),
    accepts: (bytes) => witnessed.get(role)?.has(toHex(digest('sha256', bytes))) ?? false,
  }));
}

function byDepth(left: string, right: string): number {
  return left.split('/').length - right.split('/').length || (left < right ? -1 : 1);
}
