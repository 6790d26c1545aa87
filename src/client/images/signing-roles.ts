/**
 * Finds the roles into which a tag can be signed by the keys that are here, by docker's rule (docker CLI 28.2.2): where
 * there are delegations, those directly below `targets` that allow the tag, else `targets`.
 */

import { shellWord } from '../../encoding/shell-quote.ts';
import { NotaryError } from '../../errors.ts';
import { delegationSigners } from '../../tuf/delegation-signers.ts';
import { pathsAllow } from '../../tuf/path-prefixes.ts';
import type { LoadedRepo } from '../../tuf/repo.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { keysHere } from '../key-lifecycle/keys-here.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

type KeyPorts = Pick<RepositoryPorts, 'gun' | 'cryptoService'>;

/**
 * The roles that a signature of a tag goes into.
 *
 * @throws NotaryError NO_SIGNING_ROLE; KEY_NOT_FOUND where there are no delegations and the key of `targets` is not here
 */
export async function signingRoles(
  ports: KeyPorts,
  loaded: LoadedRepo,
  tag: string,
): Promise<readonly string[]> {
  const { delegations } = contentOf(loaded, 'targets');
  if (delegations.roles.length === 0) {
    if (await canSignTargets(ports, loaded)) return ['targets'];
    const ids = loaded.root.content.roles.get('targets')?.keyIds ?? [];
    throw new NotaryError(
      'KEY_NOT_FOUND',
      `could not find necessary signing keys, at least one of these keys must be available: ${ids.join(', ')}`,
      { details: { gun: ports.gun, role: 'targets', keys: ids } },
    );
  }
  const roles = await delegationsHere(ports, loaded, tag);
  if (roles.length > 0) return roles;
  throw new NotaryError('NO_SIGNING_ROLE', 'no valid signing keys for delegation roles', {
    details: { gun: ports.gun, target: tag, roles: delegations.roles.map(({ name }) => name) },
    hint: `No key of a role that may sign ${tag} is here. Who may sign: tsnotary trust inspect --pretty ${shellWord(ports.gun)}. The owner lets others sign: tsnotary trust signer add --key NAME.pub NAME ${shellWord(ports.gun)}`,
  });
}

/** Delegations directly below `targets` that allow the tag and have a key that is here. */
export async function delegationsHere(
  ports: KeyPorts,
  loaded: LoadedRepo,
  tag: string,
): Promise<readonly string[]> {
  const content = contentOf(loaded, 'targets');
  const found: string[] = [];
  for (const role of content.delegations.roles) {
    if (!/^targets\/[^/]+$/.test(role.name) || !pathsAllow(role.paths, tag)) continue;
    const ids = [...delegationSigners(content, role).keys].map(([id, key]) => canonicalIdOr(id, key));
    if ((await keysHere(ports, ids)).length > 0) found.push(role.name);
  }
  return found;
}

/** Whether a key of `targets` is here. */
export async function canSignTargets(ports: KeyPorts, { root }: LoadedRepo): Promise<boolean> {
  const { keys, roles } = root.content;
  const ids = (roles.get('targets')?.keyIds ?? []).flatMap((id) => {
    const key = keys.get(id);
    return key === undefined ? [] : [canonicalIdOr(id, key)];
  });
  return (await keysHere(ports, ids)).length > 0;
}

/** The content of a role; that of `targets` is always loaded. */
export function contentOf(loaded: LoadedRepo, role: 'targets') {
  const signed = loaded.targets.get(role);
  if (signed !== undefined) return signed.content;
  throw new NotaryError('NOT_LOADED', `${role} has not been loaded`, { details: { role } });
}
