/** Keeps verified metadata in memory in place of the trust directory: for a look that must not write. */

import type { MetadataStore } from '../../ports/trust-dir.ts';

/**
 * A cache that writes nothing to disk.
 *
 * @param below what is read where nothing was set here; without it the cache is empty, as that of a first reader
 */
export function memoryCache(below?: MetadataStore): MetadataStore {
  const files = new Map<string, Uint8Array | undefined>();
  return {
    async get(role) {
      return files.has(role) ? files.get(role) : below?.get(role);
    },
    async set(role, bytes) {
      files.set(role, bytes);
    },
    async remove(role) {
      files.set(role, undefined);
    },
    location: (role) => below?.location(role) ?? `${role}.json in memory`,
  };
}
