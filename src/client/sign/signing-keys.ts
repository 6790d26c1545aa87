/** Selects the private keys of this machine that may sign the files of one repository. */

import type { SigningKeys } from '../../tuf/sign-metadata.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** Keys whose files are for another repository, or for another base role than the one being signed, count as absent. */
export function signingKeys({
  cryptoService,
  gun,
}: Pick<RepositoryPorts, 'cryptoService' | 'gun'>): SigningKeys {
  return {
    gun,
    find: (canonicalId, role) => cryptoService.find(canonicalId, { role, gun }),
    held: () => cryptoService.list(),
  };
}
