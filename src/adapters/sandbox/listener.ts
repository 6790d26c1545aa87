/**
 * Listens for HTTPS requests to a sandbox: HTTP/1.1 on the loopback addresses of one port, with persistent
 * connections and pipelining.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { errorCode, systemReason } from '../../go/errno.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { Log } from '../../ports/log.ts';
import { refusal } from '../../server/http/errors.ts';
import type { ServerReply, ServerRequest } from '../../server/http/messages.ts';
import { foreignRefusal } from './foreign-request.ts';

export interface Listener {
  readonly port: number;
  /** Takes no more connections, answers what has been asked, and closes what is open after so many milliseconds. */
  close(grace: number): Promise<void>;
}

export interface ListenerOptions {
  /** PEM. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** 0 for any that is free. */
  readonly port: number;
  readonly answer: (request: ServerRequest) => Promise<ServerReply>;
  readonly log: Log;
}

/** No client reads a file that is larger (Notary 0.7.0); 100,000 targets take about 25 MiB. */
const maxBody = sizeLimits.download;
/** As much as a Go server takes. */
const maxHead = 1024 * 1024;
/** Milliseconds that an idle connection stays open. */
const idle = 60_000;
/** Reasons for which a machine has no ::1. */
const noSuchAddress = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'];
/** How often to look for another free port when another program has the same one on ::1. */
const tries = 20;

/** @throws NotaryError PORT_TAKEN; NETWORK when the system refuses for another reason */
export async function listen(options: ListenerOptions): Promise<Listener> {
  for (let left = tries; ; left--) {
    const first = await listenOn('127.0.0.1', options.port, options);
    try {
      const second = await listenOn('::1', first.port, options);
      return {
        port: first.port,
        close: async (grace) => {
          await Promise.all([first.close(grace), second.close(grace)]);
        },
      };
    } catch (error) {
      const reason = error instanceof Error ? errorCode(error.cause) : '';
      if (noSuchAddress.includes(reason)) return first;
      await first.close(0);
      if (options.port !== 0 || reason !== 'EADDRINUSE' || left === 0) throw error;
    }
  }
}

async function listenOn(host: string, port: number, options: ListenerOptions): Promise<Listener> {
  const connections = new Connections();
  const serve = requestListener(options);
  const server = createServer(
    { ...options.tls, keepAliveTimeout: idle, maxHeaderSize: maxHead },
    (incoming, outgoing) => {
      connections.use(incoming.socket, outgoing);
      serve(incoming, outgoing);
    },
  );
  server.on('connection', (socket: Socket) => connections.add(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(refused(host, port, cause)));
    server.listen({ host, port, ipv6Only: true }, resolve);
  });
  server.on('error', (error) => options.log.error(`the listener on ${host}: ${error.message}`));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: (grace) => closed(server, connections, grace),
  };
}

/**
 * The open connections, and which of them wait for an answer. Node's own account of that takes connections on
 * which nothing has been asked yet for busy, and does not know those in the middle of their handshake.
 */
class Connections {
  /** By the client's address and port, which the socket below TLS and the one above have in common. */
  readonly #sockets = new Map<string, Socket>();
  readonly #busy = new Map<string, number>();
  #closing = false;

  add(socket: Socket): void {
    const name = nameOf(socket);
    this.#sockets.set(name, socket);
    socket.once('close', () => this.#sockets.delete(name));
  }

  use(socket: Socket, outgoing: ServerResponse): void {
    const name = nameOf(socket);
    this.#busy.set(name, (this.#busy.get(name) ?? 0) + 1);
    outgoing.once('close', () => {
      this.#busy.set(name, (this.#busy.get(name) ?? 1) - 1);
      if (this.#busy.get(name) === 0) this.#busy.delete(name);
      if (this.#closing && !this.#busy.has(name)) socket.end();
    });
  }

  /** Closes those that wait for nothing, now and as soon as that is so. */
  closeIdle(): void {
    this.#closing = true;
    for (const [name, socket] of this.#sockets) if (!this.#busy.has(name)) socket.destroy();
  }

  closeAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

function nameOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function closed(server: Server, connections: Connections, grace: number): Promise<void> {
  return new Promise((resolve) => {
    const end = setTimeout(() => connections.closeAll(), grace);
    server.close(() => {
      clearTimeout(end);
      resolve();
    });
    connections.closeIdle();
  });
}

function refused(host: string, port: number, cause: unknown): NotaryError {
  if (errorCode(cause) === 'EADDRINUSE') {
    return new NotaryError('PORT_TAKEN', `another program listens on port ${port} of ${host}`, {
      details: { host, port },
      hint: 'Choose another port with --port, or 0 for any that is free.',
      cause,
    });
  }
  return new NotaryError('NETWORK', `cannot listen on port ${port} of ${host}: ${systemReason(cause)}`, {
    details: { host, port },
    hint: 'Choose another port with --port; those below 1024 may be reserved.',
    cause,
  });
}

function requestListener({ answer, log }: ListenerOptions): RequestListener {
  return (incoming, outgoing) => {
    respond(incoming, outgoing, answer).then(
      (status) => log.info(`${incoming.method ?? ''} ${incoming.url ?? ''} ${status}`),
      (error: unknown) => {
        // The client has gone away, or stopped in the middle of its request.
        if (incoming.destroyed && !incoming.complete) return;
        const asked = `${incoming.method ?? ''} ${incoming.url ?? ''}`;
        if (isNotaryError(error)) log.error(`${asked}: ${error.message}`, error.code);
        else
          log.error(`${asked}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        if (outgoing.headersSent) outgoing.destroy();
        else send(outgoing, refusal('UNKNOWN'));
      },
    );
  };
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: ListenerOptions['answer'],
): Promise<number> {
  const foreign = foreignRefusal(incoming.headers);
  if (foreign !== undefined) {
    outgoing.setHeader('connection', 'close');
    send(outgoing, foreign);
    return foreign.status;
  }
  const body = await bodyOf(incoming);
  if (body === undefined) {
    outgoing.setHeader('connection', 'close');
    send(outgoing, { ...refusal('MALFORMED_UPLOAD'), status: 413 });
    return 413;
  }
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  );
  const reply = await answer({
    method: incoming.method ?? '',
    path: incoming.url ?? '/',
    headers,
    body,
  });
  send(outgoing, reply);
  return reply.status;
}

/** The whole body; undefined when it is too long, and then the rest of it is not read. */
async function bodyOf(incoming: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBody) return undefined;
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > maxBody) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function send(outgoing: ServerResponse, { status, headers, body }: ServerReply): void {
  outgoing.writeHead(status, { ...headers, 'content-length': body.length });
  outgoing.end(body);
}
