/** Checks versions: a store accepts only an update that is newer than what it has (Notary 0.7.0). */

import type { FileUpdate } from './store.ts';

/**
 * True when every file is newer than all that its role has, and no role is updated to one version twice.
 *
 * @param newest the highest version of a role in the store, undefined when it has none
 */
export function isNewer(files: readonly FileUpdate[], newest: (role: string) => number | undefined): boolean {
  const seen = new Set<string>();
  return files.every(({ role, version }) => {
    const name = `${String(version)}.${role}`;
    if (seen.has(name)) return false;
    seen.add(name);
    const held = newest(role);
    return held === undefined || held < version;
  });
}
