/**
 * Finds the keys that a metadata file lists. Needed before a private key is deleted, and when a root key is chosen.
 */

import type { CanonicalKeyId, ListedKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { asObject } from '../../encoding/json.ts';
import { isNotaryError } from '../../errors.ts';
import { parseKeys } from '../../metadata/key.ts';
import { baseRole, type Root } from '../../metadata/root.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import type { Targets } from '../../metadata/targets.ts';
import type { TrustDirFile } from '../../ports/trust-dir.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';

/** Canonical IDs by the role of a root that they serve. */
export function keysOfRoles(root: Root): ReadonlyMap<string, readonly CanonicalKeyId[]> {
  return new Map([...root.roles.keys()].map((role) => [role, canonical(baseRole(root, role).keys)]));
}

/** Canonical IDs of all keys that delegations below a role may be signed with. */
export function keysOfDelegations({ delegations }: Targets): readonly CanonicalKeyId[] {
  return canonical(delegations.keys);
}

/**
 * Canonical IDs of all keys that a held file lists, whatever for: for a root also those of former roots. Nothing is
 * verified, since a key in doubt counts as listed.
 *
 * @throws NotaryError FILE_UNREADABLE, MALFORMED_JSON, INVALID_METADATA
 */
export async function keysListedIn(file: TrustDirFile): Promise<readonly CanonicalKeyId[]> {
  const { signed } = parseEnvelope(await file.read());
  const delegations = signed.get('delegations');
  const delegated =
    delegations === null || delegations === undefined ? undefined : asObject(delegations, 'delegations');
  return canonical(new Map([...parseKeys(signed.get('keys')), ...parseKeys(delegated?.get('keys'))]));
}

/** As `keysListedIn`; undefined for a file that cannot be read. */
export async function readableKeysOf(file: TrustDirFile): Promise<readonly CanonicalKeyId[] | undefined> {
  try {
    return await keysListedIn(file);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

function canonical(keys: ReadonlyMap<ListedKeyId, PublicKey>): readonly CanonicalKeyId[] {
  return [...keys].map(([id, key]) => canonicalIdOr(id, key));
}
