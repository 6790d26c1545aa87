/**
 * Sends reads during the ping, to save its round trip: they follow it on the same connection, and their answers are
 * held back until the ping's answer says whether they count.
 *
 * The outcome is that of a client that waits: it trusts no answer of a server whose ping failed, and a server that
 * answers the ping with 401 gets every read again with the credentials that it demands, unless it has let an
 * anonymous reader through.
 */

import type { HttpClient, HttpRequest, HttpResponse } from '../../../ports/http.ts';
import type { Access } from '../auth/authorization.ts';
import { offlineError } from './offline-store.ts';
import type { PingResult } from './ping.ts';

export interface FirstContactOptions {
  /** Sends without any credentials. */
  readonly plain: HttpClient;
  readonly verdict: Promise<PingResult>;
  /** The result of the ping, once it is there. */
  readonly known: () => PingResult | undefined;
  readonly access: Access;
  /** The client that meets the challenges of the ping. */
  readonly authorize: (verdict: PingResult & { kind: 'challenged' }) => HttpClient;
}

/** True for requests that change nothing and need no more than reading: metadata files, but no keys. */
function mayGoAhead(request: HttpRequest): boolean {
  return request.method === 'GET' && request.url.endsWith('.json');
}

export function firstContact(options: FirstContactOptions): HttpClient {
  const { plain, access, verdict, known } = options;
  let authorizing: HttpClient | undefined;

  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    const early = known() === undefined && mayGoAhead(request) ? plain.send(request) : undefined;
    // Its failure counts only if its answer would.
    early?.catch(() => undefined);
    const outcome = known() ?? (await verdict);
    if (outcome.kind === 'offline') throw offlineError(outcome.reason);
    if (outcome.kind === 'open') return early ?? plain.send(request);
    const answer = access === 'pull' ? await early?.catch(() => undefined) : undefined;
    if (answer !== undefined && answer.status !== 401) return answer;
    authorizing ??= options.authorize(outcome);
    return authorizing.send(request);
  };
  return { send, close: () => plain.close() };
}
