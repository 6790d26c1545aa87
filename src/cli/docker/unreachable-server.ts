/** Says that a trust server cannot be reached when docker says it (docker CLI 28.2.2). */

import { maskPassword } from '../../encoding/url-text.ts';
import { isNotaryError, rephrased } from '../../errors.ts';
import type { Log } from '../../ports/log.ts';
import type { RemoteStore } from '../../ports/notary-server.ts';

/**
 * Docker says why the server cannot be reached where it has something to ask it, and not before.
 *
 * @param hint which server it is, and what names it
 */
export function withReasons(remote: RemoteStore, hint: string): RemoteStore {
  const reasoned =
    <Given extends unknown[], Answer>(ask: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      try {
        return await ask(...given);
      } catch (error) {
        const reason = isNotaryError(error, 'OFFLINE') ? error.details['reason'] : undefined;
        if (!isNotaryError(error) || typeof reason !== 'string') throw error;
        throw rephrased(error, () => reason.replace(/^[A-Z][a-z]+ "[^"]*": /, ''), { hint });
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

/** @param namedBy what has named the server; undefined where it is that of the registry */
export function unreachableHint(serverUrl: string, namedBy: string | undefined): string {
  const shown = maskPassword(serverUrl);
  return namedBy === undefined
    ? `The trust server ${shown} could not be reached. It is that of the registry, since neither DOCKER_CONTENT_TRUST_SERVER nor --server names another.`
    : `The trust server ${shown}, which ${namedBy} names, could not be reached.`;
}

/**
 * The first look at a server is of no consequence to docker: that it failed is said by what follows. A CA that is not
 * trusted belongs where docker looks for it; the configuration file of Notary is not read.
 *
 * @param caFile where docker looks for the CA of this server
 */
export function withoutPingErrors(log: Log, caFile: string): Log {
  return {
    ...log,
    warn: (message, code, ...more) =>
      message.includes('remote_server.root_ca')
        ? log.warn(
            `The server's certificate is of another CA than those trusted here: put the CA's certificate in ${caFile}, or name its file with --tlscacert.`,
            code,
            ...more,
          )
        : log.warn(message, code, ...more),
    error: (message, code, ...more) =>
      message.startsWith('could not reach') ? log.debug(message) : log.error(message, code, ...more),
  };
}
