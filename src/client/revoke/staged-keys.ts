/** Finds staged changes that would bring a revoked key back with the next publish. */

import { type Change, parseChange, parseDelegationContent } from '../../changelist/change.ts';
import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { keyId } from '../../crypto/keys/public-key.ts';
import { isNotaryError } from '../../errors.ts';
import type { Finding } from '../../review/finding.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** A finding for each staged change that adds one of the keys, and for each that cannot be read: it keeps nothing from going on. */
export async function stagedKeys(
  { gun, changelist }: Pick<RepositoryPorts, 'gun' | 'changelist'>,
  keyIds: readonly CanonicalKeyId[],
): Promise<readonly Finding[]> {
  const staged = await changelist.list();
  return staged.flatMap(({ bytes }, number): readonly Finding[] => {
    const about: Pick<Finding, 'severity' | 'change' | 'hint'> = {
      ...{ severity: 'warning', change: number },
      hint: { command: ['tsnotary', 'reset', gun, '-n', String(number)] },
    };
    try {
      const change = parseChange(bytes);
      const added = addedKey(change, keyIds);
      if (added === undefined) return [];
      const { scope: role } = change;
      const message = `the staged change ${number} adds the key to ${role}: the next publish would bring it back`;
      return [{ code: 'PURGE_INCOMPLETE', role, keyId: added, message, ...about }];
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      const message = `the staged change ${number} cannot be read, so that it may bring the key back: ${error.message}`;
      return [{ code: 'CHANGE_UNREADABLE', message, ...about }];
    }
  });
}

function addedKey(change: Change, keyIds: readonly CanonicalKeyId[]): CanonicalKeyId | undefined {
  if (change.type !== 'delegation' || change.action === 'delete') return undefined;
  const added = parseDelegationContent(change).addKeys.map((key) => canonicalIdOr(keyId(key), key));
  return added.find((id) => keyIds.includes(id));
}
