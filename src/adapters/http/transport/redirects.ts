/** Follows redirects, for the requests that may be redirected: the ping and token requests. */

import { webUrlDefect } from '../../../encoding/web-url.ts';
import type { HttpRequest, HttpResponse } from '../../../ports/http.ts';
import { networkError } from './network-error.ts';

const redirects = new Set([301, 302, 303, 307, 308]);
const maxHops = 10;

/**
 * Sends a GET and follows its redirects, at most ten as Go does. Another origin is never shown the
 * `Authorization` header, and https is never left for http.
 *
 * @returns the last response, with the URL that gave it
 * @throws NotaryError NETWORK, and what `send` throws
 */
export async function followRedirects(
  request: HttpRequest,
  send: (hop: HttpRequest) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const started = performance.now();
  let hop = request;
  for (let hops = 0; ; hops++) {
    const response = await send(hop);
    const location = response.headers['location']?.[0];
    if (!redirects.has(response.status) || location === undefined) return { ...response, url: hop.url };
    const from = new URL(hop.url);
    const to = isAddress(location, hop.url) ? new URL(location, from) : undefined;
    if (to === undefined) {
      throw networkError('the server redirects to something that is no web address', from.host);
    }
    if (from.protocol === 'https:' && to.protocol === 'http:') {
      throw networkError(`the server redirects from https to plain http (${to.host})`, from.host);
    }
    if (hops === maxHops - 1) throw networkError(`stopped after ${maxHops} redirects`, from.host);
    hop = nextHop(hop, to, to.origin === from.origin, performance.now() - started, request.timeout);
  }
}

/** A whole address, or the part of one that follows a host. */
function isAddress(location: string, base: string): boolean {
  if (!URL.canParse(location, base)) return false;
  const whole = /^[a-z][a-z0-9+.-]*:/i.test(location) ? location : new URL(location, base).href;
  return webUrlDefect(whole) === undefined && !location.includes('\\');
}

function nextHop(
  hop: HttpRequest,
  to: URL,
  sameOrigin: boolean,
  elapsed: number,
  timeout: number | undefined,
): HttpRequest {
  const headers = Object.entries(hop.headers ?? {}).filter(
    ([name]) => sameOrigin || name.toLowerCase() !== 'authorization',
  );
  return {
    ...hop,
    url: to.href,
    headers: Object.fromEntries(headers),
    // The limit is on the whole journey.
    ...(timeout === undefined ? {} : { timeout: Math.max(1, timeout - elapsed) }),
  };
}
