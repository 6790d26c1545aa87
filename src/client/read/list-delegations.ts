/** Lists every delegation of a collection: who may sign what. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { compareUtf8 } from '../../encoding/bytes.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { update } from '../update/update.ts';
import type { UpdatePorts } from '../update/update-run.ts';

export interface DelegationListing {
  readonly name: string;
  readonly paths: readonly string[];
  /** Canonical IDs in the order in which the keys were added. */
  readonly keyIds: readonly CanonicalKeyId[];
  readonly threshold: number;
}

/**
 * All delegations whose parent's metadata is loaded, sorted by name in UTF-8 order.
 *
 * @throws NotaryError every code of `update`
 */
export async function listDelegations(ports: UpdatePorts): Promise<readonly DelegationListing[]> {
  const loaded = await update(ports);
  const listings = [...loaded.targets.values()].flatMap(({ content }) =>
    content.delegations.roles.map((role) => ({
      name: role.name,
      paths: role.paths,
      keyIds: [...delegationSigners(content, role).keys].map(([id, key]) => canonicalIdOr(id, key)),
      threshold: role.threshold,
    })),
  );
  return listings.sort((a, b) => compareUtf8(a.name, b.name));
}
