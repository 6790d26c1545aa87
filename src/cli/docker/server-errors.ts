/** Words failures of a trust server as docker does (docker CLI 28.2.2). */

import { isNotaryError, type NotaryError, rephrased } from '../../errors.ts';
import type { Log } from '../../ports/log.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';

const hasDocker401 = (message: string) => message.startsWith('you are not authorized');

/** The failure to open or make a repository, with docker's words before it. */
export function openingError(error: unknown, gun: string): unknown {
  if (!isNotaryError(error)) return error;
  const before = prefixFor(error, gun);
  return before === undefined ? error : rephrased(error, (message) => `${before}${message}`);
}

function prefixFor(error: NotaryError, gun: string): string | undefined {
  const malicious = 'Warning: potential malicious behavior - trust data';
  switch (error.code) {
    case 'OFFLINE':
    case 'NETWORK':
      return 'Error: error contacting notary server: ';
    case 'UNAUTHORIZED':
      return hasDocker401(error.message) ? undefined : 'Error: error contacting notary server: ';
    case 'REPOSITORY_NOT_EXIST':
      return `Error: remote trust data does not exist for ${gun}: `;
    case 'EXPIRED':
      return `Error: remote repository ${gun} out-of-date: `;
    case 'METADATA_NOT_FOUND':
      return `Error: trust data missing for remote repository ${gun} or remote repository not found: `;
    case 'LOW_VERSION':
      return `${malicious} version is lower than expected for remote repository ${gun}: `;
    case 'ROLE_THRESHOLD':
    case 'NO_SIGNATURES':
      return `${malicious} has insufficient signatures for remote repository ${gun}: `;
    case 'INVALID_METADATA':
    case 'CHECKSUM_MISMATCH':
      return `${malicious} mismatch for remote repository ${gun}: `;
    default:
      return undefined;
  }
}

/** Docker says why the server cannot be reached where it has something to ask it, and not before. */
export function withReasons(remote: RemoteStore): RemoteStore {
  const reasoned =
    <Given extends unknown[], Answer>(ask: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      try {
        return await ask(...given);
      } catch (error) {
        const reason = isNotaryError(error, 'OFFLINE') ? error.details['reason'] : undefined;
        if (!isNotaryError(error) || typeof reason !== 'string') throw error;
        throw rephrased(error, () => reason.replace(/^[A-Z][a-z]+ "[^"]*": /, ''), {
          hint: 'The trust server could not be reached.',
        });
      }
    };
  return {
    get: reasoned((...given) => remote.get(...given)),
    publish: reasoned((...given) => remote.publish(...given)),
    getKey: reasoned((...given) => remote.getKey(...given)),
    rotateKey: reasoned((...given) => remote.rotateKey(...given)),
    deleteAll: reasoned((...given) => remote.deleteAll(...given)),
    location: remote.location,
  };
}

/** The first look at a server is of no consequence to docker: that it failed is said by what follows. */
export function withoutPingErrors(log: Log): Log {
  return {
    ...log,
    error: (message, code, ...more) =>
      message.startsWith('could not reach') ? log.debug(message) : log.error(message, code, ...more),
  };
}
