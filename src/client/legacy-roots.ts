/** Root keys of older versions, for clients that never learned to follow a chain of roots (`key rotate --legacy`). */

import { canonicalKeyId } from '../crypto/key-object.ts';
import type { KeyId, PublicKey } from '../crypto/public-key.ts';
import { isNotaryError } from '../errors.ts';
import { baseRole, parseRoot, type Root } from '../metadata/root.ts';
import { parseEnvelope } from '../metadata/signed.ts';
import type { RepositoryPorts } from './repository-ports.ts';

/** No root in use is larger; a larger one is left out like one that is gone. */
const maxRootBytes = 16 * 1024 * 1024;
/** As many steps as a reader follows. A version number alone must not decide how much is asked for. */
const mostVersions = 1024;
const atOnce = 4;

/**
 * The root keys of the last versions before the published one whose private keys are stored here.
 *
 * @param versions how many versions to look at; 0 for none, negative for all; 1,024 at most
 */
export async function legacyRootKeys(
  { remote, cryptoService }: Pick<RepositoryPorts, 'remote' | 'cryptoService'>,
  published: Root,
  versions: number,
): Promise<ReadonlyMap<KeyId, PublicKey>> {
  const most = versions < 0 ? mostVersions : Math.min(versions, mostVersions);
  const oldest = Math.max(1, published.version - most);
  const keys = new Map<KeyId, PublicKey>();
  for (let next = oldest; next < published.version; next += atOnce) {
    const count = Math.min(atOnce, published.version - next);
    const versionsNow = Array.from({ length: count }, (_, index) => next + index);
    const roots = await Promise.all(versionsNow.map((version) => fetchRoot(remote, version)));
    for (const root of roots) await addStored(root, keys, cryptoService);
  }
  return keys;
}

async function addStored(
  root: Root | undefined,
  keys: Map<KeyId, PublicKey>,
  cryptoService: RepositoryPorts['cryptoService'],
): Promise<void> {
  for (const [id, key] of root === undefined ? [] : baseRole(root, 'root').keys) {
    if ((await cryptoService.info(canonicalKeyId(key))) !== undefined) keys.set(id, key);
  }
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
