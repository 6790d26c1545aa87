/** Names the delegations that a listing leaves out because readers cannot believe them. */

import { shellWord } from '../../encoding/shell-quote.ts';
import { isSameOrBelow, parentRole } from '../../metadata/role-name.ts';
import { findDelegation } from '../../metadata/targets.ts';
import type { RepoBuilder } from '../../tuf/repo-builder.ts';
import type { UpdatePorts } from '../update/update-run.ts';

/**
 * Delegations whose file is expired, not signed by enough of their keys, or unreadable, and for which no copy stands in.
 * Everything in them and below them is missing from what is read.
 *
 * @param only as a caller asks for them: these roles and those below; empty for all
 */
export function incompleteRoles(
  { targets, unusable, unreadable }: Pick<RepoBuilder, 'targets' | 'unusable' | 'unreadable'>,
  only: readonly string[] = [],
): readonly string[] {
  const out = [...new Set([...unusable.keys(), ...unreadable.keys()])].filter((role) => !targets.has(role));
  return out.filter((role) => only.length === 0 || only.some((start) => isSameOrBelow(role, start))).sort();
}

/**
 * Says which roles are left out, why, and who can mend it. (Notary 0.7.0 has one line for each, without a code, and
 * succeeds.) Of unreadable ones the update speaks.
 *
 * @throws NotaryError EXPIRED, ROLE_WITHOUT_KEYS and ROLE_NEEDS_WITNESS, when strict
 */
export function cautionOfIncomplete(
  roles: readonly string[],
  { unusable, targets }: Pick<RepoBuilder, 'targets' | 'unusable'>,
  { gun, caution }: Pick<UpdatePorts, 'gun' | 'caution'>,
): void {
  for (const role of roles) {
    const file = unusable.get(role);
    if (file === undefined) continue;
    const details = { gun, role, version: file.content.version };
    const parent = targets.get(parentRole(role))?.content;
    const entry = parent && findDelegation(parent, role);
    const left = `nothing of ${role} of ${gun} can be shown`;
    const witness = `a holder of one of its keys signs it again with: tsnotary witness ${shellWord(gun)} ${role} -p`;
    if (file.reason === 'expired')
      caution(
        'EXPIRED',
        `${left}: it expired at ${file.content.expires}; a holder of one of its keys renews it: tsnotary renew ${shellWord(gun)} -r ${role}`,
        details,
      );
    else if (entry !== undefined && entry.keyIds.length < entry.threshold)
      caution(
        'ROLE_WITHOUT_KEYS',
        `${left}: too few keys are left to it; its owner adds one with "delegation add", or removes the role with "delegation remove"`,
        details,
      );
    else
      caution(
        'ROLE_NEEDS_WITNESS',
        `${left}: too few of its keys have signed version ${file.content.version}; ${witness}`,
        details,
      );
  }
}
