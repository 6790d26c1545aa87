/** Says that a trust server cannot be reached when docker says it (docker CLI 28.2.2). */

import { isNotaryError, rephrased } from '../../errors.ts';
import type { Log } from '../../ports/log.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';

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
