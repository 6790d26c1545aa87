/** Reads the targets and delegations of a collection that this machine has seen, without looking at a server. */

import { isNotaryError } from '../../errors.ts';
import { parseEnvelope } from '../../metadata/signed.ts';
import { parseTargets, type Targets } from '../../metadata/targets.ts';
import type { MetadataStore } from '../../ports/trust-dir.ts';

export interface CachedRoles {
  /** By role name, from `targets` on; a role that is no longer listed is not among them. */
  readonly roles: ReadonlyMap<string, Targets>;
  /** Files that are here and cannot be read, with the reason. */
  readonly damaged: readonly { readonly role: string; readonly reason: string }[];
}

/** The files were verified when they were stored, and are not verified again. @param maxBytes a larger file is damaged */
export async function cachedRoles(
  cache: Pick<MetadataStore, 'get'>,
  maxBytes?: number,
): Promise<CachedRoles> {
  const roles = new Map<string, Targets>();
  const damaged: { readonly role: string; readonly reason: string }[] = [];
  const queue = ['targets'];
  // The loop reaches what it adds itself; a role is below its parent, so that none comes twice.
  for (const role of queue) {
    try {
      const bytes = await cache.get(role);
      if (bytes === undefined) continue;
      const { content } = parseTargets(parseEnvelope(bytes, maxBytes), role);
      roles.set(role, content);
      for (const child of content.delegations.roles) queue.push(child.name);
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      damaged.push({ role, reason: error.message });
    }
  }
  return { roles, damaged };
}
