/** Warns of broken delegations: those that readers trusted before a publish and do not trust after it. */

import { shellWord } from '../../encoding/shell-quote.ts';
import { type LoadedRepo, Repo } from '../../tuf/repo.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import type { ServedState } from './served-state.ts';

/**
 * Goes by what the server serves after the upload, so that a removal of keys that crossed with it counts too: the
 * targets of such a role are gone from every listing until a holder of a remaining key signs again.
 *
 * @param before the state that was loaded
 * @param known roles whose files were sent, on which `unseenWork` reports, and those that were foretold to break
 */
export function warnBrokenDelegations(
  { broken, listed }: ServedState,
  before: LoadedRepo,
  known: ReadonlySet<string>,
  { gun, log }: Pick<RepositoryPorts, 'gun' | 'log'>,
): void {
  const published = new Repo(before);
  for (const [name, { keyIds, threshold }] of listed) {
    if (known.has(name)) continue;
    if (keyIds.length < threshold) {
      if ((published.findDelegation(name)?.keyIds.length ?? 0) < threshold) continue;
      log.warn(
        `${name} has no keys left; its targets are no longer trusted. To remove the role itself: tsnotary delegation remove ${shellWord(gun)} ${name}`,
        'ROLE_WITHOUT_KEYS',
      );
    } else if (broken.has(name) && broken.get(name) === undefined) {
      if (!before.targets.has(name)) continue;
      log.warn(`${name} of ${gun}, which was there before, is not served any more`, 'ROLE_WITHDRAWN');
    } else if (broken.has(name) && !before.unusable.has(name)) {
      log.warn(
        `${name} is signed by a key that was removed; its targets are not trusted until a holder of a remaining key runs: tsnotary witness ${shellWord(gun)} ${name} -p`,
        'ROLE_NEEDS_WITNESS',
      );
    }
  }
}
