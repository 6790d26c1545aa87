/** Tells from the cache whether this machine has seen a collection published. */

import { isNotaryError } from '../../errors.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import type { MetadataStore } from '../../ports/trust-dir.ts';

type Cache = Pick<MetadataStore, 'get'>;

/**
 * True when the cache holds a timestamp or a version above 1: only a server gives out the one, and only what is
 * published gets the other.
 *
 * @throws NotaryError FILE_UNREADABLE
 */
export async function hasSeenPublished(cache: Cache): Promise<boolean> {
  if ((await cache.get('timestamp')) !== undefined) return true;
  const seen = await Promise.all(['root', 'snapshot', 'targets'].map((role) => cachedVersion(cache, role)));
  return seen.some((version) => version > 1);
}

/**
 * True for what `init` leaves until the first publish. A reader who was interrupted has no targets yet.
 *
 * @throws NotaryError FILE_UNREADABLE
 */
export async function isUnpublished(cache: Cache): Promise<boolean> {
  for (const role of ['root', 'targets']) if ((await cache.get(role)) === undefined) return false;
  return !(await hasSeenPublished(cache));
}

/** Not verified, and 0 for what cannot be read: whether it is good is found when it is used. */
async function cachedVersion(cache: Cache, role: string): Promise<number> {
  try {
    const bytes = await cache.get(role);
    const version = bytes === undefined ? 0 : parseEnvelope(bytes).signed.get('version');
    return typeof version === 'number' ? version : 0;
  } catch (error) {
    if (isNotaryError(error)) return 0;
    throw error;
  }
}
