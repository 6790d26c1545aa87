/** A TLS server that is a sound Notary server up to the request it was told to spoil. */

import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import { type Connection, connect } from '../../../src/adapters/http/notary/connect.ts';
import { defaultLimits, type NetworkLimits } from '../../../src/adapters/http/transport/limits.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { certificates } from '../../support/genuine/certificates.ts';
import { listen } from '../../support/genuine/servers.ts';
import { answer } from '../../support/http-rig.ts';
import { type MemoryLog, memoryClock, memoryLog, scriptedPrompter } from '../../support/memory-ports.ts';

export const gun = parseGun('docker.io/a/b');

/** What a request is for. */
export type Purpose = 'ping' | 'metadata' | 'token' | 'upload' | 'key' | 'new key';

export interface Arrival {
  readonly purpose: Purpose;
  /** `GET /v2/` */
  readonly line: string;
  readonly headers: string;
  /** The number of its connection, from 1. */
  readonly connection: number;
}

export interface BadServer {
  readonly url: string;
  /** Requests whose header has arrived, in order. */
  readonly arrivals: readonly Arrival[];
  readonly connections: () => number;
  stop(): Promise<void>;
}

export interface BadServerPlan {
  /** Answers a request as it pleases; undefined leaves it to the sound server. */
  readonly spoil: (socket: Socket, arrival: Arrival) => true | undefined;
  /** Spoils an upload when its header is there, before its body is read. */
  readonly atOnce?: boolean;
  /** Wants tokens, of a service on this very server. */
  readonly tokens?: boolean;
}

function purposeOf(line: string): Purpose {
  if (line.startsWith('GET /token')) return 'token';
  if (line.endsWith('.key')) return line.startsWith('GET') ? 'key' : 'new key';
  if (line.endsWith('.json')) return 'metadata';
  return line.startsWith('POST') ? 'upload' : 'ping';
}

function soundAnswer({ purpose, headers }: Arrival, url: string, tokens: boolean): string {
  if (purpose === 'token') return answer('{"token":"t"}');
  if (tokens && !/^authorization: Bearer t$/im.test(headers)) {
    return answer('', '401 Unauthorized', `WWW-Authenticate: Bearer realm="${url}/token",service="s"\r\n`);
  }
  return answer('{}');
}

/** Starts the server on loopback. */
export async function startBadServer(plan: BadServerPlan): Promise<BadServer> {
  const made = await certificates();
  const arrivals: Arrival[] = [];
  let connections = 0;
  let url = '';
  const tls = { key: readFileSync(made.serverKey), cert: readFileSync(made.serverCertificate) };
  const server = createServer(tls, (socket) => {
    const connection = ++connections;
    let pending = Buffer.alloc(0);
    let bodyLeft = 0;
    let waiting: Arrival | undefined;
    const reply = (arrival: Arrival): void => {
      if (plan.spoil(socket, arrival) === undefined)
        socket.write(soundAnswer(arrival, url, plan.tokens === true));
    };
    const take = (): boolean => {
      if (waiting !== undefined) {
        const part = Math.min(bodyLeft, pending.length);
        pending = pending.subarray(part);
        bodyLeft -= part;
        if (bodyLeft > 0) return false;
        const arrival = waiting;
        waiting = undefined;
        if (!(plan.atOnce === true && arrival.purpose === 'upload')) reply(arrival);
      }
      const end = pending.indexOf('\r\n\r\n');
      if (end === -1) return false;
      const headers = pending.subarray(0, end).toString('latin1');
      pending = pending.subarray(end + 4);
      const line = headers.slice(0, headers.indexOf(' HTTP/1.1'));
      const arrival: Arrival = { purpose: purposeOf(line), line, headers, connection };
      arrivals.push(arrival);
      bodyLeft = Number(/^content-length: (\d+)/im.exec(headers)?.[1] ?? 0);
      if (plan.atOnce === true && arrival.purpose === 'upload') reply(arrival);
      waiting = arrival;
      return true;
    };
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (!socket.destroyed && take());
    });
  });
  server.on('tlsClientError', () => undefined);
  const { port, stop } = await listen(server);
  url = `https://localhost:${port}`;
  return { url, arrivals, stop, connections: () => connections };
}

export interface Caller {
  readonly connection: Connection;
  readonly log: MemoryLog;
}

/** A connection as a command has it, with limits that a test can wait for. */
export async function call(
  serverUrl: string,
  limits: Partial<NetworkLimits> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Caller> {
  const log = memoryLog();
  const connection = await connect({
    serverUrl,
    tls: { rootCa: (await certificates()).caCertificate, skipVerify: false },
    env,
    access: 'pull',
    prompter: scriptedPrompter([], false),
    clock: memoryClock(),
    log,
    limits: { ...defaultLimits, ...limits },
  });
  return { connection, log };
}

/** Keeps sending a piece until the other side has had enough. */
export function endless(socket: Socket, piece: string | Uint8Array): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}

/** Sends a piece now and then for ever. */
export function drip(socket: Socket, piece: string, milliseconds = 10): void {
  const timer = setInterval(() => socket.write(piece), milliseconds);
  socket.on('close', () => clearInterval(timer));
}
