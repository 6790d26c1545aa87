/** Keeps staged changes in memory in place of the changelist: for a look at what staging would do. */

import type { ChangelistStore } from '../../ports/trust-dir.ts';

/**
 * A changelist that writes nothing to disk.
 *
 * @param below what is staged already; without it nothing is
 */
export function memoryChangelist(below?: ChangelistStore): ChangelistStore {
  const added: Uint8Array[] = [];
  const removed = new Set<string>();
  return {
    async list() {
      const staged = (await below?.list()) ?? [];
      const own = added.map((bytes, index) => ({ name: `~${String(index).padStart(8, '0')}`, bytes }));
      return [...staged, ...own].filter(({ name }) => !removed.has(name));
    },
    strays: async () => (await below?.strays()) ?? [],
    async add(bytes) {
      added.push(bytes);
    },
    async remove(names) {
      for (const name of names) removed.add(name);
    },
    location: below?.location ?? 'memory',
  };
}
