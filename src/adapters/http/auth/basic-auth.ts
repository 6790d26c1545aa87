/** Sends user name and password with every request (HTTP Basic). */

import { NotaryError } from '../../../errors.ts';
import type { HttpClient } from '../../../ports/http.ts';
import { type AuthorizationOptions, authorized, basicAuthorization } from './authorization.ts';
import { requireSecure } from './credentials.ts';

/**
 * Wraps a client for a server that has asked for Basic credentials.
 *
 * Writes carry them from the first request on, as in Notary 0.7.0. Reads, for which Notary never sends them, try
 * without and get them when the server insists; the user is then asked only at a terminal.
 *
 * `send` throws NotaryError UNAUTHORIZED `no basic auth credentials` when there are none.
 */
export function basicAuth(options: AuthorizationOptions): HttpClient {
  const { http, serverUrl, gun, access, credentials } = options;
  let needed = access !== 'pull';
  return {
    send: async (request) => {
      if (!needed) {
        const response = await http.send(request);
        if (response.status !== 401) return response;
        needed = true;
      }
      requireSecure([serverUrl], options.insecureAllowed);
      const ask = access === 'pull' ? 'at-terminal' : 'always';
      const found = await credentials.find({ serverUrl, gun, scheme: 'basic', ask });
      if (found === undefined) {
        throw new NotaryError('UNAUTHORIZED', 'no basic auth credentials', { hint: options.loginHint });
      }
      const response = await http.send(
        authorized(request, basicAuthorization(found.username, found.password)),
      );
      if (response.status === 401) found.refused?.();
      return response;
    },
    close: () => http.close(),
  };
}
