/**
 * Prefetches metadata files: requests them before the client knows which ones it needs, so that they arrive
 * together with the file that names them.
 */

import { digest } from '../../crypto/signatures/digest.ts';
import { toHex } from '../../encoding/bytes.ts';
import { NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';
import { asResult } from './deferred-failure.ts';

/** `role.<sha256 in hexadecimal>` */
const consistent = /^(.+)\.([0-9a-f]{64})$/;

/**
 * As the store given, but it requests the current files of these roles at once. When the client then wants a file
 * by its hash, and the prefetched file has that hash, no further request is sent. A prefetch that fails or brings
 * another file is ignored.
 */
export function prefetchRoles(remote: RemoteStore, roles: readonly string[]): RemoteStore {
  const guesses = new Map(roles.map((role) => [role, asResult(remote.get(role, sizeLimits.file))]));
  return {
    ...remote,
    async get(resource, limit) {
      const [, role = '', hash] = consistent.exec(resource) ?? [];
      const bytes = await guesses.get(role);
      guesses.delete(role);
      const isRight =
        bytes !== undefined &&
        !(bytes instanceof NotaryError) &&
        bytes.length <= limit &&
        toHex(digest('sha256', bytes)) === hash;
      return isRight ? bytes : remote.get(resource, limit);
    },
  };
}
