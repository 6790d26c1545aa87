/** Makes the rows of an inventory: what every role has signed, by whom, and which of it docker takes. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { compareNatural } from '../../images/natural-order.ts';
import { isTag } from '../../images/reference.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import { compareRoles } from '../../review/compare.ts';
import type { RepositoryState, RoleState } from '../../review/state.ts';
import { visibleTargets } from '../../review/state.ts';
import { sha256Hex } from '../../tuf/checksums.ts';
import { VerificationAllowance } from '../../tuf/verification-allowance.ts';
import { canonicalIdOr, isSignedBy } from '../../tuf/verify-signatures.ts';
import { releasedRoles } from '../images/signatures.ts';

/** A target of a role that readers believe. */
export interface SignedRow {
  readonly target: string;
  /** `sha256:` and 64 hex digits; undefined where the metadata has none. */
  readonly digest: string | undefined;
  /** Bytes. */
  readonly size: number;
  readonly role: string;
  /** The keys whose signatures of the role's file verify, sorted. */
  readonly signers: readonly CanonicalKeyId[];
  /** Of the roles that have the name it is that which docker asks first. */
  readonly released: boolean;
  /** Docker takes it when it is asked for the tag: it is released, a tag, and has a digest that docker knows. */
  readonly docker: boolean;
}

/** All rows: names in natural order; of one name the row that is released first, then by role. */
export function signedRows(state: RepositoryState): readonly SignedRow[] {
  const visible = visibleTargets(state);
  const allowance = new VerificationAllowance();
  const rows: SignedRow[] = [];
  for (const [role, targets] of visible) {
    if (targets.size === 0) continue;
    const signers = signersOf(state.roles.get(role), allowance);
    for (const [target, meta] of targets) {
      const digest = digestOf(meta);
      const released = releasedRoles.find((one) => visible.get(one)?.has(target) === true) === role;
      const docker = released && digest !== undefined && isTag(target);
      rows.push({ ...{ target, digest, size: meta.length, role, signers, released, docker } });
    }
  }
  return rows.sort(compareRows);
}

function compareRows(one: SignedRow, other: SignedRow): number {
  return (
    compareNatural(one.target, other.target) ||
    Number(other.released) - Number(one.released) ||
    compareRoles(one.role, other.role)
  );
}

/** Docker asks for SHA-256, and takes no other length of it. */
function digestOf(meta: FileMeta): string | undefined {
  const hex = sha256Hex(meta);
  return hex?.length === 64 ? `sha256:${hex}` : undefined;
}

/** A role's file may name keys whose signatures are none: each is verified by itself. */
function signersOf(role: RoleState | undefined, allowance: VerificationAllowance): readonly CanonicalKeyId[] {
  if (role?.file?.envelope === undefined) return [];
  const { envelope } = role.file;
  const named = new Set(envelope.signatures.map(({ keyId }) => keyId));
  const signed = [...role.keys].filter(
    ([id, key]) =>
      named.has(id) &&
      isSignedBy(envelope, { keys: new Map([[id, key]]), threshold: 1 }, role.name, allowance),
  );
  return [...new Set(signed.map(([id, key]) => canonicalIdOr(id, key)))].sort();
}
