/** A server that would like to have other people's passwords: it asks for them and notes what it gets. */

import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Certificates } from '../support/genuine/certificates.ts';
import { listen } from '../support/genuine/servers.ts';

export interface DecoyRequest {
  readonly method: string;
  readonly uri: string;
  /** A password, or a form posted to the token service. */
  readonly secrets: readonly string[];
}

export interface Decoy {
  readonly port: number;
  /** `https://127.0.0.1:PORT`, under a certificate that people trust. */
  readonly url: string;
  readonly requests: readonly DecoyRequest[];
  stop(): Promise<void>;
}

/** Starts a decoy that asks for a password itself (`basic`) or is its own token service (`bearer`). */
export async function startDecoy(certificates: Certificates, scheme: 'basic' | 'bearer'): Promise<Decoy> {
  const requests: DecoyRequest[] = [];
  let url = '';
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', url: uri = '', headers } = request;
    const posted = uri.startsWith('/token') && method !== 'GET' ? [method] : [];
    const password = headers.authorization?.startsWith('Basic ') === true ? [headers.authorization] : [];
    requests.push({ method, uri, secrets: [...posted, ...password] });
    if (uri.startsWith('/token')) {
      response.end('{"token":"nothing"}');
      return;
    }
    const challenge = scheme === 'basic' ? 'Basic realm="decoy"' : `Bearer realm="${url}/token"`;
    response.writeHead(401, { 'WWW-Authenticate': challenge }).end();
  };
  const tls = {
    key: readFileSync(certificates.serverKey),
    cert: readFileSync(certificates.serverCertificate),
  };
  const { port, stop } = await listen(createServer(tls, serve));
  url = `https://127.0.0.1:${port}`;
  return { port, url, requests, stop };
}
