/** Finds staged changes that would bring a revoked key back with the next publish. */

import { type Change, parseDelegationContent } from '../../changelist/change.ts';
import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { keyId } from '../../crypto/keys/public-key.ts';
import type { Finding } from '../../review/finding.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import { stagedChanges } from '../preview/staged-state.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** A finding for each staged change that adds one of the keys. @throws NotaryError MALFORMED_JSON for a damaged change */
export async function stagedKeys(
  ports: Pick<RepositoryPorts, 'gun' | 'changelist'>,
  keyIds: readonly CanonicalKeyId[],
): Promise<readonly Finding[]> {
  return (await stagedChanges(ports)).flatMap((change): readonly Finding[] => {
    const added = addedKey(change, keyIds);
    if (added === undefined) return [];
    const { number = 0, scope } = change;
    return [
      {
        ...{ code: 'PURGE_INCOMPLETE', severity: 'warning', role: scope, keyId: added, change: number },
        message: `the staged change ${number} adds the key to ${scope}: the next publish would bring it back`,
        hint: { command: ['tsnotary', 'reset', ports.gun, '-n', String(number)] },
      },
    ];
  });
}

function addedKey(change: Change, keyIds: readonly CanonicalKeyId[]): CanonicalKeyId | undefined {
  if (change.type !== 'delegation' || change.action === 'delete') return undefined;
  const added = parseDelegationContent(change).addKeys.map((key) => canonicalIdOr(keyId(key), key));
  return added.find((id) => keyIds.includes(id));
}
