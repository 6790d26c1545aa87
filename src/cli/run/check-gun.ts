/** Says what looks wrong about a GUN: a tag at its end, one letter less than that of a known repository. */

import type { RepositoryPorts } from '../../client/repository-ports.ts';
import { didYouMean, oneLetterAway } from '../../encoding/near-names.ts';
import { isNotaryError } from '../../errors.ts';
import { withoutTag } from '../../metadata/gun.ts';

/** @throws NotaryError GUN_HAS_TAG, when strict */
export async function checkGun({
  gun,
  cache,
  heldMetadata,
  log,
  caution,
}: Pick<RepositoryPorts, 'gun' | 'cache' | 'heldMetadata' | 'log' | 'caution'>): Promise<void> {
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
  try {
    if ((await cache.get('root')) !== undefined) return;
    const roots = (await heldMetadata.files()).filter(({ role }) => role === 'root');
    const near = oneLetterAway(
      gun,
      roots.map((file) => file.gun),
    );
    if (near.length > 0)
      log.warn(`nothing of ${gun} is trusted on this machine yet${didYouMean(near)}`, 'GUN_UNKNOWN');
  } catch (error) {
    // What uses these files names what is wrong with them.
    if (!isNotaryError(error)) throw error;
  }
}
