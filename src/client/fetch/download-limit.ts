/** Limits what one run downloads from a server (a download quota), since a server can send for ever. */

import { NotaryError } from '../../errors.ts';
import type { Gun } from '../../metadata/gun.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';

/**
 * As the store given, but it fetches nothing more once the download quota is used up. The caller limits a single
 * file (Notary 0.7.0 limits no sum).
 */
export function boundedRemote(remote: RemoteStore, gun: Gun, limit: number = sizeLimits.run): RemoteStore {
  let left = limit;
  return {
    ...remote,
    async get(resource, longest) {
      if (left <= 0) throw tooMuch(gun, limit);
      const bytes = await remote.get(resource, longest);
      left -= bytes.length;
      if (left < 0) throw tooMuch(gun, limit);
      return bytes;
    },
  };
}

function tooMuch(gun: Gun, limit: number): NotaryError {
  return new NotaryError(
    'MALICIOUS_SERVER',
    `the server sends more than ${limit / 1024 / 1024} MiB of metadata for ${gun}`,
    { details: { gun, limit } },
  );
}
