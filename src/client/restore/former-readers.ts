/**
 * Finds how readers who know a former root of the repository can follow to the new server: which root keys have to sign
 * which of its roots, and for which readers no key is here.
 */

import { baseRole, type Root } from '../../metadata/root.ts';
import { type KeyFinder, signingFailure } from '../../tuf/sign-metadata.ts';
import type { RoleKeySet } from '../../tuf/verify-signatures.ts';
import { formerRoots } from '../history/former-roots.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** Readers whose newest root is of these versions; the keys of its root role are those of all of them. */
export interface FormerReaders {
  readonly from: number;
  readonly to: number;
  /** The root of version `to`. */
  readonly root: Root;
  readonly signers: RoleKeySet;
  /** True when enough of these keys are here to sign what leads them on. */
  readonly canFollow: boolean;
}

export interface RootHistory {
  /** Readers whose root has other root keys than the present one, oldest first. */
  readonly former: readonly FormerReaders[];
  /** Versions of roots that the source does not have, or that do not verify: what their readers trust is not known. */
  readonly unknown: readonly number[];
}

/**
 * Looks at the roots before the present one. Only those count that the present one vouches for: the source does not
 * decide which keys sign.
 *
 * @param present the verified root of the source
 * @param keys finds the root keys of this machine
 */
export async function rootHistory(
  { remote }: Pick<RepositoryPorts, 'remote'>,
  present: Root,
  keys: KeyFinder,
): Promise<RootHistory> {
  const now = baseRole(present, 'root');
  const former: FormerReaders[] = [];
  const unknown: number[] = [];
  let version = 0;
  for await (const root of formerRoots(remote, present, { from: 1, to: present.version })) {
    version += 1;
    if (root === undefined) {
      unknown.push(version);
      continue;
    }
    const signers = baseRole(root, 'root');
    if (sameSigners(signers, now)) continue;
    const last = former.at(-1);
    if (last?.to === version - 1 && sameSigners(last.signers, signers))
      former[former.length - 1] = { ...last, to: version, root };
    else former.push({ from: version, to: version, root, signers, canFollow: await canSign(signers, keys) });
  }
  return { former, unknown };
}

function sameSigners(one: RoleKeySet, other: RoleKeySet): boolean {
  const ids = ({ keys }: RoleKeySet) => [...keys.keys()].sort().join();
  return one.threshold === other.threshold && ids(one) === ids(other);
}

async function canSign(signers: RoleKeySet, keys: KeyFinder): Promise<boolean> {
  return (await signingFailure(signers, keys, 'root')) === undefined;
}

/**
 * The former keys that sign a new root besides the present ones: readers of the version before trust what these have
 * signed.
 */
export function formerSignersOf(version: number, { former }: RootHistory): readonly RoleKeySet[] {
  const readers = former.find(({ from, to }) => from < version && version <= to + 1);
  return readers?.canFollow === true ? [readers.signers] : [];
}
