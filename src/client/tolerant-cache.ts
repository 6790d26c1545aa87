/** A cache that may be read-only or full: what was verified is used all the same. */

import { isNotaryError } from '../errors.ts';
import type { Log, MetadataStore } from '../ports.ts';

/**
 * As the cache given, but a file that cannot be written is no failure: the next run downloads it again
 * (Notary 0.7.0). The first one gets a warning, since nothing older is remembered for the next run either.
 */
export function tolerantCache(cache: MetadataStore, log: Log): MetadataStore {
  let warned = false;
  return {
    get: (role) => cache.get(role),
    location: (role) => cache.location(role),
    async set(role, bytes) {
      try {
        await cache.set(role, bytes);
      } catch (error) {
        if (!isNotaryError(error, 'FILE_UNWRITABLE')) throw error;
        if (!warned) log.warn(`verified metadata could not be saved: ${error.message}`, 'CACHE_UNWRITABLE');
        warned = true;
      }
    },
  };
}
