/** Reads when the certificates of revoked keys expire. */

import type { CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { certificateEnd } from '../../crypto/keys/verification-key.ts';
import { formatInstant } from '../../encoding/rfc3339.ts';
import type { RepositoryState } from '../../review/state.ts';
import { canonicalIdOr } from '../../tuf/verify-signatures.ts';

export interface Certified {
  /** RFC 3339. */
  readonly expires: string;
}

/** The ends of the certificates under which a state lists the keys; of several the last. */
export function certificatesOf(
  { roles }: RepositoryState,
  keyIds: readonly CanonicalKeyId[],
): ReadonlyMap<CanonicalKeyId, Certified> {
  const ends = new Map<CanonicalKeyId, number>();
  for (const { keys } of roles.values()) {
    for (const [id, key] of keys) {
      const keyId = canonicalIdOr(id, key);
      if (!keyIds.includes(keyId)) continue;
      const end = certificateEnd(key);
      if (end !== undefined) ends.set(keyId, Math.max(end, ends.get(keyId) ?? 0));
    }
  }
  return new Map([...ends].map(([keyId, end]) => [keyId, { expires: formatInstant(new Date(end)) }]));
}
