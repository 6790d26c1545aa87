/** Reads the delegations of a published collection with the names of their keys. */

import type { DelegationListing } from '../../../client/read/list-delegations.ts';
import { refusingCache } from '../../../client/update/refusing-cache.ts';
import type { NamedKey, NameIndex } from '../../../collaborators/names.ts';
import type { CanonicalKeyId } from '../../../crypto/keys/key-id.ts';
import type { CollaboratorsStore } from '../../../ports/collaborators.ts';
import { UsageError } from '../../args/usage-error.ts';
import { rephrasing } from '../../run/rephrase-error.ts';
import type { CommandContext } from '../../spec/command-context.ts';

export interface PublishedNames {
  readonly delegations: readonly DelegationListing[];
  readonly names: NameIndex;
}

/**
 * @param current what an earlier update has left here does not do in place of the server
 * @throws NotaryError of the file first, then of the update
 */
export async function publishedNames(
  context: CommandContext,
  store: CollaboratorsStore,
  gun: string,
  current = false,
): Promise<PublishedNames> {
  const { loadCollaborators } = await import('../../../collaborators/load-file.ts');
  const { keyNames } = await import('../../../collaborators/names.ts');
  const { readDelegations } = await import('../../../client/read/list-delegations.ts');
  const file = await loadCollaborators(store);
  const collection = await context.openRepository(gun, 'pull');
  const { delegations, contents } = await rephrasing(
    () =>
      readDelegations(current ? { ...collection, caution: refusingCache(collection.caution) } : collection),
    (message) => `Error retrieving delegation roles for repository ${gun}: ${message}`,
  );
  return { delegations, names: keyNames({ file, collections: [contents] }) };
}

/** The keys of all delegations, once each and with their roles, named ones first. */
export async function rowsOfKeys(
  context: CommandContext,
  store: CollaboratorsStore,
  gun: string,
): Promise<
  PublishedNames & { readonly rows: readonly (NamedKey & { readonly roles: readonly string[] })[] }
> {
  const published = await publishedNames(context, store, gun);
  const { namedKey } = await import('../../../collaborators/names.ts');
  const { compareUtf8 } = await import('../../../encoding/bytes.ts');
  const roles = rolesOfKeys(published.delegations);
  const rows = [...roles].map(([keyId, names]) => ({ ...namedKey(published.names, keyId), roles: names }));
  const rank = ({ collaborator }: NamedKey) => (collaborator === undefined ? 1 : 0);
  rows.sort(
    (one, other) =>
      rank(one) - rank(other) ||
      compareUtf8(one.collaborator ?? '', other.collaborator ?? '') ||
      compareUtf8(one.keyId, other.keyId),
  );
  return { ...published, rows };
}

export function rolesOfKeys(
  delegations: readonly DelegationListing[],
): ReadonlyMap<CanonicalKeyId, readonly string[]> {
  const roles = new Map<CanonicalKeyId, string[]>();
  for (const { name, keyIds } of delegations) {
    for (const keyId of keyIds) {
      const found = roles.get(keyId) ?? [];
      roles.set(keyId, found);
      if (!found.includes(name)) found.push(name);
    }
  }
  return roles;
}

/** @throws UsageError for arguments that mean nothing */
export function refuseMore(others: readonly string[]): void {
  if (others.length > 0) throw new UsageError(`unexpected argument: ${others[0] ?? ''}`);
}
