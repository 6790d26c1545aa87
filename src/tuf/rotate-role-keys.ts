/** Gives a base role new keys in a draft (Notary 0.7.0). */

import { keyId, type PublicKey } from '../crypto/keys/public-key.ts';
import { isDelegation } from '../metadata/role-name.ts';
import { noSuchRole } from './delegation-signers.ts';
import type { Repo } from './repo.ts';

/**
 * Gives a base role new keys. Former root certificates stay listed, since old signatures are looked up
 * by them; former keys of other roles go.
 *
 * @returns the keys that were replaced
 * @throws NotaryError NO_SUCH_ROLE
 */
export function replaceBaseKeys(repo: Repo, role: string, keys: readonly PublicKey[]): readonly PublicKey[] {
  const { content } = repo.root;
  const old = content.roles.get(role);
  if (old === undefined) {
    throw noSuchRole(role, isDelegation(role) ? 'role not found in root file' : 'invalid base role name');
  }
  const replaced = old.keyIds.flatMap((id) => content.keys.get(id) ?? []);
  const roles = new Map(content.roles).set(role, { keyIds: keys.map(keyId), threshold: old.threshold });
  const stillUsed = new Set([...roles.values()].flatMap(({ keyIds }) => keyIds));
  const listed = new Map(content.keys);
  if (role !== 'root') for (const id of old.keyIds) if (!stillUsed.has(id)) listed.delete(id);
  for (const key of keys) listed.set(keyId(key), key);
  repo.root.content = { ...content, roles, keys: listed };
  repo.root.dirty = true;
  // The file of a role must carry the signatures of its new keys from the same upload on.
  if (role === 'targets') repo.draft('targets').dirty = true;
  return replaced;
}
