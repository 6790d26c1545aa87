/**
 * Collects root keys of older versions, for clients that cannot follow a chain of roots (`key rotate --legacy`).
 */

import type { ListedKeyId } from '../../crypto/keys/key-id.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import { maxRootSteps } from '../../metadata/limits.ts';
import { baseRole, type Root } from '../../metadata/root.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { formerRoots } from '../history/former-roots.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/**
 * The root keys of the last versions before the published one whose private keys are stored here as root keys. Only
 * roots that the published one vouches for count, since a server of another would choose what signs.
 *
 * @param versions how many versions to look at; 0 for none, negative for all; 1,024 at most
 */
export async function legacyRootKeys(
  { remote, cryptoService }: Pick<RepositoryPorts, 'remote' | 'cryptoService'>,
  published: Root,
  versions: number,
): Promise<ReadonlyMap<ListedKeyId, PublicKey>> {
  const count = versions < 0 ? maxRootSteps : Math.min(versions, maxRootSteps);
  const from = Math.max(1, published.version - count);
  const keys = new Map<ListedKeyId, PublicKey>();
  for await (const root of formerRoots(remote, published, { from, to: published.version })) {
    for (const [id, key] of root === undefined ? [] : baseRole(root, 'root').keys) {
      if ((await cryptoService.info(canonicalIdOr(id, key)))?.role === 'root') keys.set(id, key);
    }
  }
  return keys;
}
