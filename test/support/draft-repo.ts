/** Collections being edited, for tests of the edits. */

import type { CanonicalKeyId, ListedKeyId } from '../../src/crypto/keys/key-id.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { NotaryError } from '../../src/errors.ts';
import type { DelegationRole } from '../../src/metadata/targets.ts';
import { noPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { type LoadedRepo, Repo } from '../../src/tuf/repo.ts';
import { RepoBuilder } from '../../src/tuf/repo-builder.ts';
import type { SigningKeys } from '../../src/tuf/sign-metadata.ts';
import { plainSigner, type Signer } from './metadata-author.ts';
import type { SealedCollection } from './sealed-collection.ts';

/** What is known of delegations that cannot be believed. */
export type Resolution = Pick<LoadedRepo, 'bases' | 'unresolved'>;

/**
 * Loads a collection for editing; delegations that cannot be believed are set aside.
 *
 * @param resolve tells which of these may be signed again
 */
export function draftRepo(
  collection: SealedCollection,
  resolve: (unusable: LoadedRepo['unusable']) => Resolution = () => ({}),
): Repo {
  const { gun, now, files } = collection;
  const builder = new RepoBuilder({ gun, now, pinning: noPinning });
  const options = { minVersion: 1 };
  const bytes = (role: string) => files.get(role) ?? new Uint8Array();
  const root = builder.loadRoot(bytes('root'), options);
  builder.loadTimestamp(bytes('timestamp'), options);
  const snapshot = builder.loadSnapshot(bytes('snapshot'), options);
  for (const role of [...files.keys()].filter((name) => name.startsWith('targets'))) {
    try {
      builder.loadTargets(role, bytes(role), options);
    } catch (error) {
      if (!builder.unusable.has(role)) throw error;
    }
  }
  const { targets, unusable } = builder;
  return new Repo({ root, snapshot, targets, unusable, ...resolve(unusable) });
}

export interface HeldKeys extends SigningKeys {
  /** IDs that were asked for, in order. */
  readonly asked: readonly CanonicalKeyId[];
}

/** A key store that holds the keys of these signers and no others. */
export function keysOf(...signers: readonly Signer[]): HeldKeys {
  const held = new Map(signers.map(({ key }) => [key.keyId, key]));
  const asked: CanonicalKeyId[] = [];
  return {
    asked,
    find: async (id) => {
      asked.push(id);
      const key = held.get(id);
      if (key === undefined) throw new NotaryError('KEY_NOT_FOUND', `no such key: ${id}`);
      return { key };
    },
  };
}

export const someKeys = (count: number): readonly Signer[] =>
  Array.from({ length: count }, () => plainSigner());

/** What a role's file says of the delegations below it. */
export function delegationsOf(repo: Repo, role = 'targets'): readonly DelegationRole[] {
  return repo.targets.get(role)?.content.delegations.roles ?? [];
}

export function listedKeys(repo: Repo, role = 'targets'): ReadonlyMap<ListedKeyId, PublicKey> {
  return repo.targets.get(role)?.content.delegations.keys ?? new Map<ListedKeyId, PublicKey>();
}
