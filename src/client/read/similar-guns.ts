/** Finds the repositories of this machine whose names are like a GUN of which nothing is here. */

import { nearNames, oneLetterAway } from '../../encoding/near-names.ts';
import { isNotaryError } from '../../errors.ts';
import type { TrustDirMetadata } from '../../ports/trust-dir.ts';

/** The GUNs whose root is cached. What cannot be read is named by what uses it. */
export async function knownGuns(held: Pick<TrustDirMetadata, 'files'>): Promise<readonly string[]> {
  try {
    return (await held.files()).filter(({ role }) => role === 'root').map(({ gun }) => gun);
  } catch (error) {
    if (isNotaryError(error)) return [];
    throw error;
  }
}

/** Known GUNs that are a letter or two away, or the same name behind a registry. */
export async function similarGuns({
  gun,
  heldMetadata,
}: {
  readonly gun: string;
  readonly heldMetadata: Pick<TrustDirMetadata, 'files'>;
}): Promise<readonly string[]> {
  const known = await knownGuns(heldMetadata);
  return [...new Set([...withRegistry(gun, known), ...nearNames(gun, known)])];
}

/** Of known GUNs those that a GUN most likely misspells: one letter away, or without its registry. */
export function misspeltGuns(gun: string, known: readonly string[]): readonly string[] {
  return [...withRegistry(gun, known), ...oneLetterAway(gun, known)];
}

/**
 * `docker.io/alice/demo` for `alice/demo`, which docker takes as short for it; also `docker.io/library/demo`. A GUN that
 * begins with a registry, by docker's rule a first word with a dot or a colon, or `localhost`, is short for none.
 */
function withRegistry(gun: string, known: readonly string[]): readonly string[] {
  const [first = '', ...rest] = gun.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  if (hasRegistry || known.includes(gun)) return [];
  const [hub, library] = ['docker.io', 'docker.io/library'];
  return known
    .filter((one) => one.slice(one.indexOf('/') + 1) === gun || one === `${library}/${gun}`)
    .sort((one, other) => Number(other.startsWith(hub)) - Number(one.startsWith(hub)))
    .slice(0, 3);
}
