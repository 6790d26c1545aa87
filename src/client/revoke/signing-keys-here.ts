/** Finds the keys of this machine that could sign a role again. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { isNotaryError } from '../../errors.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import type { RevocationPlan } from './plan.ts';

/**
 * Of the keys that stay in the roles which must be signed again, those that are here. No passphrase is asked for.
 *
 * @returns by role, in the order of the list of keys
 */
export async function signersHere(
  { cryptoService, gun }: Pick<RepositoryPorts, 'cryptoService' | 'gun'>,
  { roles }: RevocationPlan,
): Promise<ReadonlyMap<string, readonly CanonicalKeyId[]>> {
  const here = new Map<string, readonly CanonicalKeyId[]>();
  for (const { role, left, mustBeSigned } of roles) {
    if (!mustBeSigned) continue;
    const found: CanonicalKeyId[] = [];
    for (const keyId of left) {
      try {
        await cryptoService.check(keyId, { role, gun });
        found.push(keyId);
      } catch (error) {
        if (!isNotaryError(error)) throw error;
      }
    }
    here.set(role, found);
  }
  return here;
}
