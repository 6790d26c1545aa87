/** A Docker engine on a Unix socket (or on loopback) that answers as a test says, and keeps what it was sent. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { listen } from './genuine/servers.ts';

export interface SentRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface EngineStub {
  readonly requests: readonly SentRequest[];
  readonly port: number;
  stop(): Promise<void>;
}

/** Answers one request that is no ping. */
export type Answer = (response: ServerResponse, request: SentRequest) => void;

export interface StubOptions {
  /** Path of a Unix socket; without, a free port on loopback. */
  readonly path?: string;
  readonly tls?: ServerOptions;
  /** What the ping says; undefined for nothing. */
  readonly version?: string | undefined;
  readonly answer?: Answer;
  /** Answers pings, too. */
  readonly everything?: Answer;
}

/** An answer of progress: one JSON text a line, ended as engines end it. */
export function progress(...lines: readonly (object | string)[]): Answer {
  return (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    for (const line of lines) response.write(typeof line === 'string' ? line : `${JSON.stringify(line)}\r\n`);
    response.end();
  };
}

/** An answer with a status and a JSON document. */
export function document(status: number, body: unknown): Answer {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  };
}

export async function startEngineStub(options: StubOptions): Promise<EngineStub> {
  const requests: SentRequest[] = [];
  const { answer = document(404, { message: 'page not found' }), everything, tls } = options;
  const version = 'version' in options ? options.version : '1.50';
  const handle: RequestListener = (incoming, response) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(pieces).toString() };
      requests.push(request);
      if (everything !== undefined) everything(response, request);
      else if (url === '/_ping')
        response.writeHead(200, version === undefined ? {} : { 'Api-Version': version }).end('OK');
      else answer(response, request);
    });
  };
  const server = tls === undefined ? createServer(handle) : createSecureServer(tls, handle);
  const { port, stop } = await listen(server, options.path === undefined ? {} : { path: options.path });
  return { requests, port, stop };
}
