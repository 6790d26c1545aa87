/** Names what signatures of cosign and notation do not say, and the trust data of a repository does. */

import { isDelegation } from '../../metadata/role-name.ts';
import type { Finding, FindingCode } from '../../review/finding.ts';
import type { RepositoryState } from '../../review/state.ts';

const lossCodes: readonly FindingCode[] = [
  'TAG_NOT_BOUND',
  'EXPIRY_NOT_KEPT',
  'ROLLBACK_NOT_SEEN',
  'THRESHOLD_NOT_KEPT',
  'ROLES_NOT_KEPT',
];

/** Whether a finding is a loss of meaning, which is named once for all repositories. */
export function isLoss({ code }: Finding): boolean {
  return lossCodes.includes(code);
}

/** Notes: they are so whatever is signed again. */
export function lossesOf(state: RepositoryState): readonly Finding[] {
  const lost = (code: FindingCode, message: string): Finding => ({ code, severity: 'note', message });
  const roles = [...state.roles.values()];
  const delegations = roles.filter(({ name }) => isDelegation(name));
  const severalSign = roles.some(({ file, threshold }) => file !== undefined && threshold > 1);
  return [
    lost(
      'TAG_NOT_BOUND',
      'cosign and notation sign a digest and no tag: a tag can be pointed to any image that was ever signed, and still verifies',
    ),
    lost(
      'EXPIRY_NOT_KEPT',
      'a signature of cosign by a key has no end, and one of notation only with --expiry: the expiry of the metadata is lost',
    ),
    lost(
      'ROLLBACK_NOT_SEEN',
      'nothing tells readers that an older image was replaced or withdrawn: there is no snapshot and no timestamp',
    ),
    ...(severalSign
      ? [
          lost(
            'THRESHOLD_NOT_KEPT',
            'how many signatures a role needs is lost, unless the policy of each verifier asks for as many',
          ),
        ]
      : []),
    ...(delegations.length > 0
      ? [
          lost(
            'ROLES_NOT_KEPT',
            `who may sign which tags is lost, unless the policy of each verifier says it`,
          ),
        ]
      : []),
  ];
}
