/** Tells a misspelt role from one of the many words that a key file may name. */

import { didYouMean, oneLetterAway } from '../encoding/near-names.ts';
import { baseRoles } from '../metadata/role-name.ts';
import type { Caution } from '../ports/log.ts';

/** Any other word makes a key of delegations as well (Notary 0.7.0). */
const roleWords = [...baseRoles, 'delegation', 'user'];

/**
 * Says of a role that a user names for a key that it is one letter away from one that means something.
 *
 * @throws NotaryError ROLE_WORD_UNKNOWN, when strict
 */
export function cautionOfRoleWord(role: string, caution: Caution): void {
  const near = oneLetterAway(role, roleWords);
  if (near.length === 0) return;
  const meant = didYouMean(near);
  caution(
    'ROLE_WORD_UNKNOWN',
    `${JSON.stringify(role)} is no role of a repository, so the key is one for delegations${meant}`,
    { role, near },
    `${JSON.stringify(role)} is no role of a repository; nothing was stored${meant}`,
  );
}
