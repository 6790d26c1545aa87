/** Root keys of older versions, for clients that never learned to follow a chain of roots (`key rotate --legacy`). */

import { canonicalKeyId } from '../crypto/key-object.ts';
import type { KeyId, PublicKey } from '../crypto/public-key.ts';
import { isNotaryError } from '../errors.ts';
import { baseRole, parseRoot, type Root } from '../metadata/root.ts';
import { parseEnvelope } from '../metadata/signed.ts';
import type { RepositoryPorts } from './repository-ports.ts';

const maxRootBytes = 100 * 1024 * 1024;

/**
 * The root keys of the last versions before the published one whose private keys are stored here.
 *
 * @param versions how many versions to look at; 0 for none, negative for all
 */
export async function legacyRootKeys(
  { remote, cryptoService }: Pick<RepositoryPorts, 'remote' | 'cryptoService'>,
  published: Root,
  versions: number,
): Promise<ReadonlyMap<KeyId, PublicKey>> {
  const oldest = versions < 0 ? 1 : Math.max(1, published.version - versions);
  const wanted = Array.from({ length: published.version - oldest }, (_, index) => oldest + index);
  const keys = new Map<KeyId, PublicKey>();
  if (versions === 0) return keys;
  const roots = await Promise.all(wanted.map((version) => fetchRoot(remote, version)));
  for (const root of roots) {
    for (const [id, key] of root === undefined ? [] : baseRole(root, 'root').keys) {
      if ((await cryptoService.info(canonicalKeyId(key))) !== undefined) keys.set(id, key);
    }
  }
  return keys;
}

/** A version that the server no longer has is left out; nothing is believed because of it. */
async function fetchRoot(remote: RepositoryPorts['remote'], version: number): Promise<Root | undefined> {
  try {
    return parseRoot(parseEnvelope(await remote.get(`${version}.root`, maxRootBytes))).content;
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}
