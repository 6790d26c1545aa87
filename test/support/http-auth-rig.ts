/** A trust server that wants to see credentials, with the token service beside it. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from '../../src/adapters/http/auth/authorization.ts';
import type { CredentialSource } from '../../src/adapters/http/auth/credentials.ts';
import { type Connection, connect } from '../../src/adapters/http/notary/connect.ts';
import { parseGun } from '../../src/metadata/gun.ts';
import { certificates } from './genuine/certificates.ts';
import { startServer, type TestServer } from './http-rig.ts';
import { type MemoryClock, memoryClock, memoryLog, scriptedPrompter } from './memory-ports.ts';

export const gun = parseGun('docker.io/a/b');
export const userAuth = `Basic ${Buffer.from('user:pass').toString('base64')}`;
export const withAuth = { NOTARY_AUTH: Buffer.from('user:pass').toString('base64') };

const running: { stop(): Promise<void> }[] = [];
const open: Connection[] = [];

/** Closes everything that `world` and `start` have opened. */
export async function endWorlds(): Promise<void> {
  await Promise.all(open.splice(0).map((connection) => connection.close()));
  await Promise.all(running.splice(0).map((server) => server.stop()));
}

/** Has a server stopped by `endWorlds`. */
export function keep(server: TestServer): TestServer {
  running.push(server);
  return server;
}

interface Seen {
  readonly what: string;
  readonly authorization: string | undefined;
}

export interface TokenWorld {
  readonly server: TestServer;
  /** What the trust server was asked, the ping left out. */
  readonly asked: Seen[];
  /** What the token service was asked. */
  readonly tokens: Seen[];
}

interface TokenWorldOptions {
  /** Answers a token request instead of handing out `anonymous-1`, `user-1`, `user-2` … */
  readonly token?: (response: ServerResponse, request: IncomingMessage) => void;
  /** The tokens that the trust server lets through. */
  readonly accepts?: (token: string) => boolean;
  readonly challenge?: (realm: string) => string | readonly string[];
  readonly plainRealm?: boolean;
  readonly plainServer?: boolean;
}

export async function world(options: TokenWorldOptions = {}): Promise<TokenWorld> {
  const asked: Seen[] = [];
  const tokens: Seen[] = [];
  const issued = { anonymous: 0, user: 0 };
  const service = await startServer(
    (request, response) => {
      tokens.push({ what: request.url ?? '', authorization: request.headers.authorization });
      if (options.token !== undefined) {
        options.token(response, request);
      } else {
        const kind = request.headers.authorization === userAuth ? 'user' : 'anonymous';
        response.end(JSON.stringify({ token: `${kind}-${++issued[kind]}` }));
      }
    },
    { plain: options.plainRealm === true },
  );
  const realm = `${service.url}/token?x=1`;
  const challenge =
    options.challenge?.(realm) ?? `Bearer realm="${realm}",service="the service",scope="registry:catalog:*"`;
  const accepts = options.accepts ?? ((token: string) => token.startsWith('user-'));
  const server = await startServer(
    (request, response) => {
      const { authorization, host } = request.headers;
      if (request.url !== '/v2/')
        asked.push({
          what: `${request.method ?? ''} ${request.url?.replace(/.*\//, '') ?? ''}`,
          authorization,
        });
      const passes = accepts(/^(?:Bearer|Basic) (.*)$/.exec(authorization ?? '')?.[1] ?? '');
      if (!passes || request.url === '/v2/')
        response.writeHead(401, { 'WWW-Authenticate': challenge as string });
      response.end(passes ? 'metadata' : host);
    },
    { plain: options.plainServer === true },
  );
  running.push(service, server);
  return { server, asked, tokens };
}

export interface Run {
  readonly connection: Connection;
  readonly log: ReturnType<typeof memoryLog>;
  readonly prompter: ReturnType<typeof scriptedPrompter>;
  readonly clock: MemoryClock;
}

interface RunOptions {
  readonly access?: Access;
  readonly env?: Readonly<Record<string, string>>;
  readonly answers?: readonly string[];
  readonly interactive?: boolean;
  readonly logins?: CredentialSource;
  /** Do not wait for the ping. */
  readonly early?: boolean;
}

/** A connection that has heard the ping's verdict, unless it is to be used before that. */
export async function start(server: TestServer, options: RunOptions = {}): Promise<Run> {
  const log = memoryLog();
  const prompter = scriptedPrompter(options.answers ?? [], options.interactive ?? false);
  const clock = memoryClock();
  const connection = await connect({
    serverUrl: server.url,
    tls: { rootCa: (await certificates()).caCertificate, skipVerify: false },
    env: options.env ?? {},
    access: options.access ?? 'pull',
    ...{ prompter, log, clock },
    ...(options.logins === undefined ? {} : { logins: options.logins }),
  });
  open.push(connection);
  if (options.early !== true) await connection.ready();
  return { connection, log, prompter, clock };
}

/** Reads a file of the collection. */
export const read = async (run: Run, resource = 'timestamp'): Promise<string> =>
  Buffer.from(await run.connection.remoteStore(gun).get(resource, 100)).toString();
