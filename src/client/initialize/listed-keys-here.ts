/** Finds the private keys of this machine that the cached root of a repository lists. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { isNotaryError } from '../../errors.ts';
import { parseRoot } from '../../metadata/root.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { keysOfRoles } from '../key-lifecycle/listed-keys.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

export interface KeyOfRole {
  readonly role: string;
  /** Canonical. */
  readonly keyId: CanonicalKeyId;
}

/** By role: root, targets, snapshot. None when there is no root, or it cannot be read. */
export async function listedKeysHere({
  cache,
  cryptoService,
}: Pick<RepositoryPorts, 'cache' | 'cryptoService'>): Promise<readonly KeyOfRole[]> {
  try {
    const bytes = await cache.get('root');
    if (bytes === undefined) return [];
    const listed = keysOfRoles(parseRoot(parseEnvelope(bytes)).content);
    const here = new Set((await cryptoService.list()).map(({ keyId }) => keyId));
    return ['root', 'targets', 'snapshot'].flatMap((role) =>
      (listed.get(role) ?? []).filter((keyId) => here.has(keyId)).map((keyId) => ({ role, keyId })),
    );
  } catch (error) {
    if (isNotaryError(error)) return [];
    throw error;
  }
}

/** `root key ID, targets key ID` */
export function keysInWords(keys: readonly KeyOfRole[]): string {
  return keys.map(({ role, keyId }) => `${role} key ${keyId}`).join(', ');
}
