/**
 * Reads what is signed for an image, and by whom, as `docker trust inspect` shows it (docker CLI 28.2.2): a tag is released
 * when it is in `targets/releases` or in `targets`, and its signers are the other roles that hold it with the same digest.
 */

import type { CanonicalKeyId, ListedKeyId } from '../../crypto/keys/key-id.ts';
import { compareNatural } from '../../images/natural-order.ts';
import type { Targets } from '../../metadata/targets.ts';
import { sha256Hex } from '../../tuf/checksums.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { targetsByRole } from '../read/find-target.ts';
import { type Updated, update } from '../update/update.ts';
import type { UpdatePorts } from '../update/update-run.ts';

/** The role whose tags count as released, besides `targets`. */
export const releasesRole = 'targets/releases';

/** The roles whose tags are released, the one that wins first. */
export const releasedRoles = [releasesRole, 'targets'] as const;

/** A released tag. */
export interface SignedTag {
  readonly tag: string;
  /** SHA-256 of the manifest, in hex; empty where the metadata has none. */
  readonly digest: string;
  /** The roles that hold the tag with this digest and are not among the released ones, without `targets/`. */
  readonly signers: readonly string[];
}

/** Who may sign: a delegation, without `targets/`. */
export interface Signer {
  readonly name: string;
  readonly keyIds: readonly CanonicalKeyId[];
}

/** What is signed for an image. */
export interface ImageSignatures {
  /** In natural order; of one name, that in `targets/releases` first. */
  readonly tags: readonly SignedTag[];
  /** Every delegation but `targets/releases`, in the order of the metadata. */
  readonly signers: readonly Signer[];
  /** As the root lists them. */
  readonly rootKeyIds: readonly ListedKeyId[];
  readonly targetsKeyIds: readonly ListedKeyId[];
}

/** @throws NotaryError every code of `update` */
export async function readSignatures(ports: UpdatePorts): Promise<ImageSignatures> {
  return signaturesOf(await update(ports));
}

/** What loaded metadata says. */
export function signaturesOf(loaded: Pick<Updated, 'root' | 'targets'>): ImageSignatures {
  const roles = targetsByRole(loaded as Updated);
  const delegations = delegationsInOrder(roles);
  const keysOf = (role: string) => loaded.root.content.roles.get(role)?.keyIds ?? [];
  return {
    tags: releasedTags(
      roles,
      delegations.map(({ name }) => name),
    ),
    signers: delegations
      .filter(({ name }) => name !== releasesRole)
      .map(({ name, keyIds }) => ({ name: signerName(name), keyIds })),
    rootKeyIds: keysOf('root'),
    targetsKeyIds: keysOf('targets'),
  };
}

/** The name of a signer: that of the role, without `targets/`. */
export function signerName(role: string): string {
  return role.replace(/^targets\//, '');
}

/** @param delegations their names; found once, since a repository may have thousands of tags */
function releasedTags(
  roles: ReadonlyMap<string, Targets>,
  delegations: readonly string[],
): readonly SignedTag[] {
  const signing = delegations.filter((name) => name !== releasesRole);
  const found = new Map<string, SignedTag>();
  for (const released of releasedRoles) {
    for (const [tag, meta] of roles.get(released)?.targets ?? []) {
      const digest = sha256Hex(meta) ?? '';
      const key = JSON.stringify([tag, digest]);
      if (!found.has(key))
        found.set(key, {
          tag,
          digest,
          signers: signing.filter((name) => holds(roles.get(name), tag, digest)).map(signerName),
        });
    }
  }
  // Sorting is stable: of two digests that of `targets/releases` stays first.
  return [...found.values()].sort((one, other) => compareNatural(one.tag, other.tag));
}

function holds(role: Targets | undefined, tag: string, digest: string): boolean {
  const meta = role?.targets.get(tag);
  return meta !== undefined && (sha256Hex(meta) ?? '') === digest;
}

/** Every delegation with its keys: those of `targets` as they stand there, then those below them. */
function delegationsInOrder(
  roles: ReadonlyMap<string, Targets>,
): readonly { readonly name: string; readonly keyIds: readonly CanonicalKeyId[] }[] {
  const found = new Map<string, readonly CanonicalKeyId[]>();
  const waiting = ['targets'];
  for (let parent = waiting.shift(); parent !== undefined; parent = waiting.shift()) {
    const content = roles.get(parent);
    for (const role of content?.delegations.roles ?? []) {
      if (content === undefined || found.has(role.name)) continue;
      const { keys } = delegationSigners(content, role);
      found.set(
        role.name,
        [...keys].map(([id, key]) => canonicalIdOr(id, key)),
      );
      waiting.push(role.name);
    }
  }
  return [...found].map(([name, keyIds]) => ({ name, keyIds }));
}
