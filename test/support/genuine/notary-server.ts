/** The genuine `notary-server` 0.7.0 on a free loopback port, storing in memory, signing locally. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Certificates } from './certificates.ts';
import { cleanEnvironment } from './programs.ts';
import { adopt, makeScratch, removeScratch, stopChild } from './scratch.ts';

/** The `auth.options` of a server that trusts a token service (Docker registry token specification). */
export interface TokenAuth {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM file with the certificates whose keys may sign tokens. */
  readonly rootcertbundle: string;
}

/** One request as the server's own log tells it. */
export interface ServedRequest {
  readonly method: string;
  /** Path and query. */
  readonly uri: string;
  readonly status: number;
}

export interface NotaryServer {
  readonly port: number;
  /** `https://localhost:PORT` */
  readonly url: string;
  /** All requests served so far, oldest first. */
  requests(): Promise<readonly ServedRequest[]>;
  /** Everything that the server has logged: JSON lines. */
  log(): string;
  stop(): Promise<void>;
}

export interface NotaryServerOptions {
  readonly certificates: Certificates;
  readonly auth?: TokenAuth;
  /** What the names of collections that are served begin with (default: all are served). */
  readonly gunPrefixes?: readonly string[];
}

/** A loopback port that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Whether anybody listens on a port of this machine. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function configuration(port: number, options: NotaryServerOptions): string {
  return JSON.stringify({
    server: {
      http_addr: `127.0.0.1:${port}`,
      tls_cert_file: options.certificates.serverCertificate,
      tls_key_file: options.certificates.serverKey,
    },
    trust_service: { type: 'local', hostname: '', port: '', key_algorithm: 'ecdsa' },
    storage: { backend: 'memory' },
    logging: { level: 'debug' },
    ...(options.gunPrefixes === undefined || options.gunPrefixes.length === 0
      ? {}
      : { repositories: { gun_prefixes: options.gunPrefixes } }),
    ...(options.auth === undefined ? {} : { auth: { type: 'token', options: options.auth } }),
  });
}

interface Launch {
  readonly port: number;
  readonly child: ChildProcess;
  readonly log: () => string;
  /** False when the program ended instead of listening: another process took the port, say. */
  readonly listening: boolean;
}

async function launch(folder: string, options: NotaryServerOptions): Promise<Launch> {
  const port = await freePort();
  const file = join(folder, 'server.json');
  writeFileSync(file, configuration(port, options));
  const child = spawn('notary-server', ['-config', file], {
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  adopt(child);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const log = (): string => text;
  while (child.exitCode === null) {
    if (text.includes('"msg":"Starting on ') && (await accepts(port))) {
      return { port, child, log, listening: true };
    }
    await pause(10);
  }
  return { port, child, log, listening: false };
}

function requestsIn(log: string): readonly ServedRequest[] {
  return log.split('\n').flatMap((line) => {
    if (!line.includes('"http.response.status"')) return [];
    const entry = JSON.parse(line) as Record<string, string | number>;
    return [
      {
        method: String(entry['http.request.method']),
        uri: String(entry['http.request.uri']),
        status: Number(entry['http.response.status']),
      },
    ];
  });
}

/** Starts a server and waits until it accepts connections. */
export async function startNotaryServer(options: NotaryServerOptions): Promise<NotaryServer> {
  const folder = makeScratch();
  let running = await launch(folder, options);
  for (let tries = 1; !running.listening && tries < 5; tries += 1) running = await launch(folder, options);
  const { port, child, log, listening } = running;
  if (!listening) throw new Error(`notary-server does not start:\n${log()}`);
  return {
    port,
    url: `https://localhost:${port}`,
    log,
    requests: async () => {
      // A request is logged after its response has been sent: wait until the log stands still.
      for (let length = -1; length !== log().length; ) {
        length = log().length;
        await pause(50);
      }
      return requestsIn(log());
    },
    stop: async () => {
      await stopChild(child);
      removeScratch(folder);
    },
  };
}
