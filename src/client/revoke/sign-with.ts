/** Restricts which private keys sign a role: only those that were chosen for it. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { NotaryError } from '../../errors.ts';
import type { CryptoService, KeyUse } from '../../keys/crypto-service.ts';

/**
 * A crypto service in which the roles of the list are signed with the chosen keys alone. All other roles, and all other
 * uses, are as before.
 */
export function signedWith(
  service: CryptoService,
  roles: ReadonlySet<string>,
  chosen: readonly CanonicalKeyId[],
): CryptoService {
  const check = (keyId: CanonicalKeyId, { role, gun }: KeyUse) => {
    if (!roles.has(role) || chosen.includes(keyId)) return;
    throw new NotaryError('KEY_NOT_FOUND', `signing key not found: ${keyId}`, {
      details: { key: keyId, role, gun, unfit: true },
      hint: `The key ${keyId} was not chosen for signing ${role}.`,
    });
  };
  return {
    ...service,
    find: async (keyId, use) => {
      check(keyId, use);
      return service.find(keyId, use);
    },
    check: async (keyId, use) => {
      check(keyId, use);
      return service.check(keyId, use);
    },
  };
}
