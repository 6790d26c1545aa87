/** Checks a GUN for likely mistakes: a tag at its end, one letter less than a known repository has, no registry. */

import { knownGuns, misspeltGuns } from '../../client/read/similar-guns.ts';
import type { RepositoryPorts } from '../../client/repository-ports.ts';
import { didYouMean } from '../../encoding/near-names.ts';
import { isNotaryError } from '../../errors.ts';
import { withoutTag } from '../../metadata/gun.ts';
import type { TrustPinning } from '../../trust-pinning/trust-pinning.ts';

type CheckedGun = Pick<RepositoryPorts, 'gun' | 'cache' | 'heldMetadata' | 'log' | 'caution'> & {
  readonly pinning: TrustPinning;
};

/** @throws NotaryError GUN_HAS_TAG and TRUST_PINNING_INVALID, when strict */
export async function checkGun({
  gun,
  cache,
  heldMetadata,
  log,
  caution,
  pinning,
}: CheckedGun): Promise<void> {
  const repository = withoutTag(gun);
  if (repository !== undefined) {
    const tagged = `the GUN ${gun} ends in what docker reads as a tag or a digest`;
    caution(
      'GUN_HAS_TAG',
      `${tagged}; a repository of that whole name is meant now. Tags are targets of ${repository}`,
      { gun, repository },
      `${tagged}. Tags are targets of ${repository}`,
    );
  }
  for (const pinned of [...pinning.certs.keys(), ...[...pinning.ca.keys()].map((prefix) => `${prefix}*`)]) {
    if (isFor(pinned, gun) || !isFor(pinned.toLowerCase(), gun.toLowerCase())) continue;
    const differs = `a pin is for ${pinned}, which differs from ${gun} in capitals alone and is none for it`;
    caution(
      'TRUST_PINNING_INVALID',
      `${differs}: the server's root is trusted at first use`,
      { gun, pinned },
      differs,
    );
  }
  try {
    if ((await cache.get('root')) !== undefined) return;
    const near = misspeltGuns(gun, await knownGuns(heldMetadata));
    if (near.length > 0)
      log.warn(`nothing of ${gun} is trusted on this machine yet${didYouMean(near)}`, 'GUN_UNKNOWN');
  } catch (error) {
    // What uses these files names what is wrong with them.
    if (!isNotaryError(error)) throw error;
  }
}

/** A GUN, or a prefix of GUNs that ends in `*`. */
function isFor(pinned: string, gun: string): boolean {
  return pinned.endsWith('*') ? gun.startsWith(pinned.slice(0, -1)) : pinned === gun;
}
