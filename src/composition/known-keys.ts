/** Gathers the names and the IDs of the keys that this machine knows of: no server is asked. */

import { cachedRoles } from '../client/read/cached-roles.ts';
import { loadCollaborators } from '../collaborators/load-file.ts';
import { keyNames, type NameIndex } from '../collaborators/names.ts';
import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { NotaryError } from '../errors.ts';
import { type Gun, parseGun } from '../metadata/gun.ts';
import type { Targets } from '../metadata/targets.ts';
import type { CollaboratorsStore } from '../ports/collaborators.ts';
import type { Log } from '../ports/log.ts';
import type { HeldNames } from './held-names.ts';

export interface KnownKeys {
  readonly names: NameIndex;
  /** Of the private keys on this machine. */
  readonly privateKeyIds: readonly CanonicalKeyId[];
  /** No metadata of the GUN that was asked for is here: the names of its roles are not known. */
  readonly withoutMetadata: boolean;
}

export interface KnownKeysPorts {
  readonly held: HeldNames;
  readonly collaborators: CollaboratorsStore;
  readonly log: Log;
}

/**
 * The names of the file, and the delegations of one GUN, or of all whose metadata is here.
 *
 * @param fetched by role, what the server has of the GUN, in place of what is here
 * @throws NotaryError COLLABORATORS_INVALID; FILE_UNREADABLE; INVALID_METADATA for a damaged file of the GUN: keys may
 * be in it. Of all GUNs a damaged file is passed over with a warning.
 */
export async function knownKeys(
  { held, collaborators, log }: KnownKeysPorts,
  gun?: Gun,
  fetched?: ReadonlyMap<string, Targets>,
): Promise<KnownKeys> {
  const file = await loadCollaborators(collaborators, (defect) => log.warn(defect.message, defect.code));
  const collections: ReadonlyMap<string, Targets>[] = [];
  const guns = gun === undefined ? await heldGuns(held) : [gun];
  for (const one of guns) {
    const { roles, damaged } =
      fetched === undefined ? await cachedRoles(held.cacheOf(one)) : { roles: fetched, damaged: [] };
    for (const { role, reason } of damaged) {
      const words = `the metadata of ${role} of ${one} on this machine cannot be read: ${reason}`;
      if (gun !== undefined)
        throw new NotaryError('INVALID_METADATA', words, {
          details: { gun: one, role },
          hint: 'Give full key IDs, which need no look at it.',
        });
      log.warn(`${words}; its keys are not looked at`, 'METADATA_UNREADABLE');
    }
    collections.push(roles);
  }
  const privateKeyIds = (await held.keys()).map(({ keyId }) => keyId);
  const withoutMetadata = gun !== undefined && collections.every(({ size }) => size === 0);
  return { names: keyNames({ file, collections, guns }), privateKeyIds, withoutMetadata };
}

async function heldGuns({ metadata }: HeldNames): Promise<readonly Gun[]> {
  const guns = new Set(
    (await metadata.files()).filter(({ role }) => role === 'targets').map(({ gun }) => gun),
  );
  return [...guns].sort().map(parseGun);
}
