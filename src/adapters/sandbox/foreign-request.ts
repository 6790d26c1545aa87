/**
 * Refuses requests that a web page in a browser on this machine sends to the sandbox. Such a page can reach
 * loopback, but its requests carry a foreign `Host` or `Origin`.
 */

import type { IncomingHttpHeaders } from 'node:http';
import { utf8 } from '../../encoding/bytes.ts';
import type { ServerReply } from '../../server/http/messages.ts';

/** The names of the certificate. The port may be another one where connections are forwarded. */
const ownHost = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * The refusal of a request that was meant for another host, as after a name has been bound to loopback (421, RFC 9110
 * 15.5.20), or that a page of another site has sent (403; Fetch, `Origin` header); undefined for all others.
 */
export function foreignRefusal({ host, origin }: IncomingHttpHeaders): ServerReply | undefined {
  if (host !== undefined && !ownHost.test(host))
    return plain(421, 'this server is not the host that was asked');
  if (origin !== undefined && origin.toLowerCase() !== `https://${(host ?? '').toLowerCase()}`)
    return plain(403, 'pages of other sites may not use this server');
  return undefined;
}

function plain(status: number, text: string): ServerReply {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return { status, headers, body: utf8(`${text}\n`) };
}
