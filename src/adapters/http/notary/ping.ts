/**
 * Pings the server, the first request of every online run: is there a server, and which credentials does it demand?
 */

import { stripSlashes, withoutCredentials } from '../../../encoding/url-text.ts';
import { isNotaryError, type NotaryError } from '../../../errors.ts';
import type { HttpClient, HttpResponse } from '../../../ports/http.ts';
import type { Log } from '../../../ports/log.ts';
import { type Challenge, parseChallenges } from '../auth/challenge.ts';

/** `open`: credentials are never sent, even if a later answer is 401 (Notary 0.7.0). */
export type PingResult =
  | { readonly kind: 'open' }
  | { readonly kind: 'challenged'; readonly challenges: readonly Challenge[] }
  /** The reason as the log message says it, without the name of the server. */
  | { readonly kind: 'offline'; readonly reason: string };

const maxBody = 1024 * 1024;

/**
 * Asks `GET <server>/v2/`. Whatever is neither 2xx nor 401 means that the run goes on offline, which the log
 * messages of Notary 0.7.0 say. Never throws an expected error.
 *
 * @param timeout milliseconds, redirects included
 */
export async function ping(
  http: HttpClient,
  serverUrl: string,
  timeout: number,
  log: Log,
): Promise<PingResult> {
  const url = `${stripSlashes(serverUrl)}/v2/`;
  const offline = (reason: string, error?: NotaryError): PingResult => {
    log.error(`could not reach ${withoutCredentials(serverUrl)}: ${reason}`);
    const hint = error?.hint ?? otherScheme(serverUrl, reason);
    if (hint !== undefined) log.warn(hint, 'OFFLINE');
    log.info('continuing in offline mode');
    return { kind: 'offline', reason };
  };
  let response: HttpResponse;
  try {
    response = await http.send({ method: 'GET', url, limit: maxBody, timeout, followRedirects: true });
  } catch (error) {
    if (!isNotaryError(error, 'NETWORK', 'MALICIOUS_SERVER')) throw error;
    return offline(`Get "${withoutCredentials(url)}": ${error.message}`, error);
  }
  const { status } = response;
  if (status === 401) {
    // After a redirect the challenge is another server's, and says nothing about this one.
    const own = new URL(response.url ?? url).href === new URL(url).href;
    const challenges = own ? parseChallenges(response.headers['www-authenticate'] ?? []) : [];
    return { kind: 'challenged', challenges };
  }
  return status >= 200 && status <= 299 ? { kind: 'open' } : offline(String(status));
}

/** How servers that want https end a request in plain http: Go's with status 400, others without an answer. */
function otherScheme(serverUrl: string, reason: string): string | undefined {
  if (!/^http:/i.test(serverUrl) || !/^400$|: (?:EOF|.*connection reset by peer)$/.test(reason))
    return undefined;
  return 'The server may want https: write https:// in its URL.';
}
