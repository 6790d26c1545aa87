/** Chooses the root key of a new collection among those of this machine. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { isNotaryError } from '../../errors.ts';
import { baseRole, parseRoot } from '../../metadata/root.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import type { TrustDirFile, TrustDirMetadata } from '../../ports/trust-dir.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/**
 * The stored root key; of several, one that a repository of this machine has as its root key, since any file that was
 * imported may call itself a root key; then the one with the lowest ID. Which one is taken and why is said.
 *
 * @returns its canonical ID; undefined when there is none
 */
export async function storedRootKey({
  gun,
  cryptoService,
  heldMetadata,
  log,
}: Pick<RepositoryPorts, 'gun' | 'cryptoService' | 'heldMetadata' | 'log'>): Promise<
  CanonicalKeyId | undefined
> {
  const stored = (await cryptoService.list('root')).map(({ keyId }) => keyId);
  if (stored.length < 2) return stored[0];
  const used = await rootKeysInUse(heldMetadata);
  const proven = stored.filter((id) => used.has(id));
  const [chosen] = proven.length > 0 ? proven : stored;
  const which =
    proven.length > 0
      ? 'a repository of this machine has it as its root key'
      : 'none is in use on this machine';
  const tie = proven.length === 1 ? '' : ', and its ID is the lowest';
  log.warn(
    `of ${stored.length} root keys ${chosen} is taken for ${gun}: ${which}${tie}; --rootkey FILE takes another`,
    'ROOT_KEY_CHOSEN',
  );
  return chosen;
}

/** Canonical IDs. What cannot be read proves nothing. */
async function rootKeysInUse(held: TrustDirMetadata): Promise<ReadonlySet<CanonicalKeyId>> {
  const used = new Set<CanonicalKeyId>();
  try {
    for (const file of await held.files()) {
      if (file.role !== 'root') continue;
      for (const id of await rootKeysOf(file)) used.add(id);
    }
  } catch (error) {
    if (!isNotaryError(error)) throw error;
  }
  return used;
}

async function rootKeysOf(file: TrustDirFile): Promise<readonly CanonicalKeyId[]> {
  try {
    const { content } = parseRoot(parseEnvelope(await file.read()));
    return [...baseRole(content, 'root').keys.values()].map(canonicalKeyId);
  } catch (error) {
    if (isNotaryError(error)) return [];
    throw error;
  }
}
