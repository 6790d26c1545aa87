/** Puts a Notary server of this process on a loopback port, over TLS, for programs of other processes. */

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { handle } from '../../src/server/http/handle-request.ts';
import type { NotaryServer } from '../../src/server/server.ts';
import type { Certificates } from './genuine/certificates.ts';
import { listen } from './genuine/servers.ts';

export interface ServedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly status: number;
}

export interface HttpsServer {
  /** `https://localhost:PORT` */
  readonly url: string;
  readonly requests: readonly ServedRequest[];
  stop(): Promise<void>;
}

export async function serveHttps(server: NotaryServer, certificates: Certificates): Promise<HttpsServer> {
  const requests: ServedRequest[] = [];
  const { port, stop } = await listen(listener(server, certificates, requests));
  return { url: `https://localhost:${port}`, requests, stop };
}

function listener(server: NotaryServer, certificates: Certificates, requests: ServedRequest[]): Server {
  const tls = {
    cert: readFileSync(certificates.serverCertificate),
    key: readFileSync(certificates.serverKey),
    // As much as a Go server takes.
    maxHeaderSize: 1 << 20,
  };
  return createServer(tls, (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: path = '' } = incoming;
      const headers = Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
      );
      handle(server, { method, path, headers, body: Buffer.concat(chunks) }).then(
        (reply) => {
          requests.push({ method, path, status: reply.status });
          outgoing.writeHead(reply.status, reply.headers).end(reply.body);
        },
        (error: unknown) => outgoing.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    });
  });
}
