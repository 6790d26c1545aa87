/** Lists every delegation of a collection: who may sign what. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { compareUtf8 } from '../../encoding/bytes.ts';
import type { Targets } from '../../metadata/targets.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { update } from '../update/update.ts';
import type { UpdatePorts } from '../update/update-run.ts';
import { targetsByRole } from './find-target.ts';

export interface DelegationListing {
  readonly name: string;
  readonly paths: readonly string[];
  /** Canonical IDs in the order in which the keys were added. */
  readonly keyIds: readonly CanonicalKeyId[];
  readonly threshold: number;
}

/** The delegations of a collection, and the content of the files that list them. */
export interface ReadDelegations {
  readonly delegations: readonly DelegationListing[];
  /** By role name: `targets` and every delegation that was loaded. */
  readonly contents: ReadonlyMap<string, Targets>;
}

/**
 * All delegations whose parent's metadata is loaded, sorted by name in UTF-8 order.
 *
 * @throws NotaryError every code of `update`
 */
export async function listDelegations(ports: UpdatePorts): Promise<readonly DelegationListing[]> {
  return (await readDelegations(ports)).delegations;
}

/** As `listDelegations`, with the metadata that names of keys come from. */
export async function readDelegations(ports: UpdatePorts): Promise<ReadDelegations> {
  const loaded = await update(ports);
  const listings = [...loaded.targets.values()].flatMap(({ content }) =>
    content.delegations.roles.map((role) => ({
      name: role.name,
      paths: role.paths,
      keyIds: [...delegationSigners(content, role).keys].map(([id, key]) => canonicalIdOr(id, key)),
      threshold: role.threshold,
    })),
  );
  return {
    delegations: listings.sort((a, b) => compareUtf8(a.name, b.name)),
    contents: targetsByRole(loaded),
  };
}
