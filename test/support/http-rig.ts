/** TLS servers on loopback that behave well, or as badly as a test tells them to. */

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { defaultLimits, type NetworkLimits } from '../../src/adapters/http/transport/limits.ts';
import { loadTls, type TlsFiles, type TlsMaterial } from '../../src/adapters/http/transport/tls.ts';
import { undiciClient } from '../../src/adapters/http/transport/undici-client.ts';
import type { HttpClient, HttpRequest } from '../../src/ports/http.ts';
import { type Certificates, certificates } from './genuine/certificates.ts';
import { makeScratch } from './genuine/scratch.ts';
import { listen } from './genuine/servers.ts';
import { memoryClock } from './memory-ports.ts';

export interface TestServer {
  readonly port: number;
  /** `https://localhost:PORT`, or http for a plain server. */
  readonly url: string;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Method and path of every request, in order. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

async function tlsOf(): Promise<{ key: Buffer; cert: Buffer }> {
  const made = await certificates();
  return { key: readFileSync(made.serverKey), cert: readFileSync(made.serverCertificate) };
}

function running(
  url: string,
  port: number,
  stop: () => Promise<void>,
  seen: { connections: number; requests: string[] },
): TestServer {
  return {
    port,
    url,
    stop,
    requests: seen.requests,
    get connections() {
      return seen.connections;
    },
  };
}

/** An honest HTTP/1.1 server over TLS. */
export async function startServer(
  handler: RequestListener,
  options: ServerOptions & { plain?: boolean } = {},
): Promise<TestServer> {
  const seen = { connections: 0, requests: [] as string[] };
  const serve: RequestListener = (request, response) => {
    seen.requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    handler(request, response);
  };
  const server =
    options.plain === true
      ? createPlainServer(serve)
      : createServer({ ...(await tlsOf()), ...options }, serve);
  server.on(options.plain === true ? 'connection' : 'secureConnection', () => seen.connections++);
  const { port, stop } = await listen(server);
  return running(`${options.plain === true ? 'http' : 'https'}://localhost:${port}`, port, stop, seen);
}

/**
 * A server over TLS that is scripted byte by byte: `onRequest` is called for every request header
 * that arrives, with its number on this connection.
 */
export async function startRawServer(
  onRequest: (socket: Socket, number: number, connection: number) => void,
  options: TlsOptions = {},
): Promise<TestServer> {
  const seen = { connections: 0, requests: [] as string[] };
  const server = createTlsServer({ ...(await tlsOf()), ...options }, (socket) => {
    const connection = ++seen.connections;
    let text = '';
    let count = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        seen.requests.push(text.slice(0, text.indexOf(' HTTP/1.1')));
        text = text.slice(end + 4);
        count++;
        if (!socket.destroyed) onRequest(socket, count, connection);
      }
    });
  });
  server.on('tlsClientError', () => undefined);
  const { port, stop } = await listen(server);
  return running(`https://localhost:${port}`, port, stop, seen);
}

/** The bytes of a response with a body. */
export function answer(body: string, status = '200 OK', headers = ''): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

export interface TestClientOptions {
  readonly limits?: Partial<NetworkLimits>;
  readonly tls?: Partial<TlsFiles>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A client that trusts the test authority. */
export async function testClient(options: TestClientOptions = {}): Promise<HttpClient> {
  const { caCertificate } = await certificates();
  const env = options.env ?? {};
  const tls = await loadTls({ rootCa: caCertificate, skipVerify: false, ...options.tls }, env);
  return undiciClient({ tls, env, clock: memoryClock(), limits: { ...defaultLimits, ...options.limits } });
}

/** A client with this TLS material and no proxy. */
export function clientWith(tls: TlsMaterial): HttpClient {
  return undiciClient({ tls, env: {}, clock: memoryClock() });
}

export function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url, limit: 100_000, ...more };
}

export interface CertificateWish {
  /** Subject alternative names, as openssl takes them; none when absent. */
  readonly names?: string;
  /** One URI among the names, commas and all. */
  readonly uri?: string;
  readonly usage?: string;
  /** Days from now until the certificate's end; negative for one that has ended. */
  readonly days?: number;
}

export interface Issued {
  readonly cert: string;
  readonly key: string;
}

/** A certificate of the test authority, as paths of PEM files. */
export function issue(authority: Certificates, wish: CertificateWish): Issued {
  const folder = makeScratch();
  const at = (name: string): string => join(folder, name);
  const openssl = (args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  openssl([
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-subj', '/CN=localhost', '-keyout', at('key'), '-out', at('csr')],
  ]);
  const names = wish.uri === undefined ? wish.names : '@names';
  writeFileSync(
    at('ext'),
    [
      ...(names === undefined ? [] : [`subjectAltName=${names}`]),
      'basicConstraints=CA:FALSE',
      `extendedKeyUsage=${wish.usage ?? 'serverAuth'}`,
      ...(wish.uri === undefined ? [] : ['[names]', `URI.1=${wish.uri}`]),
      '',
    ].join('\n'),
  );
  openssl([
    ...['x509', '-req', '-days', String(wish.days ?? 30), '-in', at('csr'), '-extfile', at('ext')],
    ...['-CA', authority.caCertificate, '-CAkey', authority.caKey, '-CAcreateserial', '-out', at('cert')],
  ]);
  return { cert: at('cert'), key: at('key') };
}
