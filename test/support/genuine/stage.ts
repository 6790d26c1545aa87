/**
 * The stage for tests with genuine programs: certificates, a server, and people with homes. The server is the
 * genuine one, or a sandbox of ours, on which everything must come out the same.
 */
import { join } from 'node:path';
import { type BasicFront, startBasicFront } from './basic-front.ts';
import { type Certificates, certificates } from './certificates.ts';
import { type DelayingProxy, startDelayingProxy } from './delaying-proxy.ts';
import { type DockerEngine, startDockerEngine } from './docker-engine.ts';
import { type Home, type HomeOptions, makeHome } from './home.ts';
import { type NotaryServer, startNotaryServer } from './notary-server.ts';
import { type SandboxServer, startSandboxServer } from './sandbox-server.ts';
import { makeScratch, removeScratch } from './scratch.ts';
import { startTokenService, type TokenService, type TokenServiceOptions } from './token-service.ts';

export type ServerKind = 'genuine' | 'sandbox';

export interface StageOptions {
  /** Which server listens (default: the genuine one). */
  readonly kind?: ServerKind;
  /** How the server authenticates people (default: not at all). */
  readonly auth?: 'token' | 'basic';
  /** Passwords by user name for token and basic (default: alice with `wonderland`). */
  readonly users?: Readonly<Record<string, string>>;
  /** Token only: the actions granted without credentials (default: pull; a sandbox knows nothing else). */
  readonly anonymous?: TokenServiceOptions['anonymous'];
  /** Milliseconds of round trip to the server; with 0 the proxy only makes it possible to shut the way. */
  readonly roundTrip?: number;
  /** How the people's URL names this machine (default `localhost`). */
  readonly host?: 'localhost' | '127.0.0.1';
  /** Start the stub of a Docker engine, and point the people's `DOCKER_HOST` at it. */
  readonly docker?: boolean;
}

export type StageHomeOptions = Pick<HomeOptions, 'passphrases' | 'env'>;

export interface Stage {
  readonly certificates: Certificates;
  /** The server, seen directly. */
  readonly server: NotaryServer;
  /** The URL that people use: the server's own, or that of whatever stands before it. */
  readonly url: string;
  /** `localhost:PORT` of that URL, as messages name the server. */
  readonly address: string;
  /** With `auth: 'token'`; throws without, as the next three do without their option. */
  readonly tokens: TokenService;
  /** With `auth: 'basic'`. */
  readonly front: BasicFront;
  /** With `roundTrip`. */
  readonly proxy: DelayingProxy;
  /** With `docker`. */
  readonly engine: DockerEngine;
  /** A new person with an empty home. */
  home(name: string, options?: StageHomeOptions): Home;
  close(): Promise<void>;
}

function asked<T>(part: T | undefined, option: string): T {
  if (part === undefined) throw new Error(`the stage was set without ${option}`);
  return part;
}

interface Servers {
  readonly server: NotaryServer;
  /** What people trust, and what stands before the server shows. */
  readonly certificates: Certificates;
  readonly tokens: TokenService | undefined;
  stop(): Promise<void>;
}

async function startGenuine(
  authority: Certificates,
  { auth, anonymous }: StageOptions,
  users: Readonly<Record<string, string>>,
): Promise<Servers> {
  const tokens =
    auth === 'token'
      ? await startTokenService({ certificates: authority, users, anonymous: anonymous ?? ['pull'] })
      : undefined;
  const server = await startNotaryServer({
    certificates: authority,
    ...(tokens === undefined ? {} : { auth: tokens.auth }),
  });
  const stop = async () => {
    await server.stop();
    await tokens?.stop();
  };
  return { server, certificates: authority, tokens, stop };
}

async function startOurs(
  authority: Certificates,
  { auth }: StageOptions,
  users: Readonly<Record<string, string>>,
): Promise<Servers> {
  const server: SandboxServer = await startSandboxServer({
    certificates: authority,
    ...(auth === 'token' ? { users } : {}),
  });
  const tokens: TokenService = {
    get auth(): never {
      throw new Error('the tokens of a sandbox are its own');
    },
    stop: () => Promise.resolve(),
    get requests() {
      return server.tokenRequests();
    },
  };
  return {
    ...{ server, certificates: server.certificates },
    tokens: auth === 'token' ? tokens : undefined,
    stop: () => server.stop(),
  };
}

/**
 * Sets the stage. Needs openssl on this machine, and the genuine `notary-server` unless the server is a sandbox:
 * suites guard themselves with `onEachServer`, or `describe.skipIf(!available('notary', 'notary-server'))`.
 */
export async function genuineStage(options: StageOptions = {}): Promise<Stage> {
  const users = options.users ?? { alice: 'wonderland' };
  const folder = makeScratch();
  const start = options.kind === 'sandbox' ? startOurs : startGenuine;
  const servers = await start(await certificates(), options, users);
  const { server, tokens, certificates: authority } = servers;
  const front =
    options.auth === 'basic'
      ? await startBasicFront({ certificates: authority, users, behind: server.port })
      : undefined;
  const proxy =
    options.roundTrip === undefined
      ? undefined
      : await startDelayingProxy({ behind: (front ?? server).port, roundTrip: options.roundTrip });
  const engine = options.docker === true ? await startDockerEngine(join(folder, 'docker.sock')) : undefined;
  const url = (proxy ?? front ?? server).url.replace('localhost', options.host ?? 'localhost');
  return {
    ...{ certificates: authority, server, url, address: new URL(url).host },
    get tokens() {
      return asked(tokens, "auth: 'token'");
    },
    get front() {
      return asked(front, "auth: 'basic'");
    },
    get proxy() {
      return asked(proxy, 'roundTrip');
    },
    get engine() {
      return asked(engine, 'docker');
    },
    home: (name, { passphrases, env } = {}) =>
      makeHome({
        // Deep enough that `key list`, which shows the last 37 characters, always shows the same.
        folder: join(folder, 'genuine-stage/people', name),
        certificates: authority,
        serverUrl: url,
        ...(passphrases === undefined ? {} : { passphrases }),
        env: { ...(engine === undefined ? {} : { DOCKER_HOST: engine.host }), ...env },
      }),
    close: async () => {
      for (const part of [engine, proxy, front, servers]) await part?.stop();
      removeScratch(folder);
    },
  };
}
