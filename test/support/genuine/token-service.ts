/**
 * A token service as registries have beside their notary server (Docker registry v2 authentication:
 * token specification, and OAuth2 for refresh tokens). It hands out JWTs that the genuine server accepts: ES256, with the signing
 * certificate in the `x5c` header.
 */
import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Certificates } from './certificates.ts';
import type { TokenAuth } from './notary-server.ts';
import { listen } from './servers.ts';

export interface TokenServiceOptions {
  readonly certificates: Certificates;
  /** Passwords by user name. */
  readonly users: Readonly<Record<string, string>>;
  /** The actions granted without credentials; none makes the service refuse anonymous requests. */
  readonly anonymous?: readonly string[];
  /** Serve plain http (default https). */
  readonly plain?: boolean;
  /** Seconds that a token is good for (default 300). */
  readonly lifetime?: number;
}

/** One request for a token, as it came: GET with a password or without, or POST with a refresh token. */
export interface TokenRequest {
  readonly account: string | undefined;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  /** User name of the Basic header, or whose refresh token it was (then there is no account). */
  readonly user: string | undefined;
  readonly status: number;
}

export interface TokenService {
  /** What the notary server must be told to trust these tokens. */
  readonly auth: TokenAuth;
  readonly requests: readonly TokenRequest[];
  stop(): Promise<void>;
}

const issuer = 'tsnotary test issuer';
const service = 'tsnotary-test';
// Without a detail, Go's client prints the code alone.
const unauthorized = {
  code: 'UNAUTHORIZED',
  message: 'authentication required',
  detail: 'no such user and password',
};

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** `repository:NAME:ACTION,ACTION`; a name may itself contain colons. */
function parseScope(scope: string): Access {
  const first = scope.indexOf(':');
  const last = scope.lastIndexOf(':');
  return {
    type: scope.slice(0, first),
    name: scope.slice(first + 1, last),
    actions: scope.slice(last + 1).split(','),
  };
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function makeToken(options: TokenServiceOptions, subject: string, access: readonly Access[]): object {
  const lifetime = options.lifetime ?? 300;
  const certificate = new X509Certificate(readFileSync(options.certificates.serverCertificate));
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: 'JWT', alg: 'ES256', x5c: [certificate.raw.toString('base64')] };
  const claims = {
    ...{ iss: issuer, sub: subject, aud: service, jti: randomUUID(), access },
    ...{ iat: now, nbf: now - 10, exp: now + lifetime },
  };
  const body = `${base64url(header)}.${base64url(claims)}`;
  const key = createPrivateKey(readFileSync(options.certificates.serverKey));
  const signature = sign('sha256', Buffer.from(body), { key, dsaEncoding: 'ieee-p1363' });
  const token = `${body}.${signature.toString('base64url')}`;
  return { token, access_token: token, expires_in: lifetime, issued_at: new Date().toISOString() };
}

/** User name and password of a Basic `Authorization` header; undefined without one. */
export function basicCredentials(header: string | undefined): { user: string; password: string } | undefined {
  if (header?.startsWith('Basic ') !== true) return undefined;
  const text = Buffer.from(header.slice('Basic '.length), 'base64').toString();
  const colon = text.indexOf(':');
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

const refreshTokenPrefix = 'refresh-token-of-';

/** The refresh token of a user: what `docker login` keeps as an identity token. */
export function refreshTokenOf(user: string): string {
  return refreshTokenPrefix + user;
}

/** Who sends a form with a refresh token, as if the password had come; undefined for any other form. */
function refreshCredentials(
  form: URLSearchParams,
  users: TokenServiceOptions['users'],
): ReturnType<typeof basicCredentials> {
  const token = form.get('refresh_token') ?? '';
  if (form.get('grant_type') !== 'refresh_token' || !token.startsWith(refreshTokenPrefix)) return undefined;
  const user = token.slice(refreshTokenPrefix.length);
  return { user, password: users[user] ?? '' };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

/** A user with the right password may do everything, others what is allowed to anonymous people. */
function permittedActions(
  options: TokenServiceOptions,
  credentials: ReturnType<typeof basicCredentials>,
): readonly string[] {
  if (credentials === undefined) return options.anonymous ?? [];
  return options.users[credentials.user] === credentials.password ? ['pull', 'push', '*'] : [];
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** Starts the service on a free port, under the test authority's certificate. */
export async function startTokenService(options: TokenServiceOptions): Promise<TokenService> {
  const requests: TokenRequest[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const posted = request.method === 'POST';
    const { searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
    const searchParams = posted ? new URLSearchParams(await textOf(request)) : query;
    const credentials = posted
      ? refreshCredentials(searchParams, options.users)
      : basicCredentials(request.headers.authorization);
    const permitted = posted && credentials === undefined ? [] : permittedActions(options, credentials);
    const refused = permitted.length === 0;
    const status = refused ? 401 : 200;
    const scopes = searchParams.getAll('scope');
    requests.push({
      account: searchParams.get('account') ?? undefined,
      service: searchParams.get('service') ?? undefined,
      scopes,
      user: credentials?.user,
      status,
    });
    if (refused) {
      reply(response, status, { errors: [unauthorized] });
      return;
    }
    const access = scopes.map(parseScope).map((wish) => ({
      ...wish,
      actions: wish.actions.filter((action) => permitted.includes(action)),
    }));
    reply(response, status, makeToken(options, credentials?.user ?? '', access));
  };
  const serve: RequestListener = (request, response) => void answer(request, response);
  const tls = {
    key: readFileSync(options.certificates.serverKey),
    cert: readFileSync(options.certificates.serverCertificate),
  };
  const server = options.plain === true ? createHttpServer(serve) : createHttpsServer(tls, serve);
  const { port, stop } = await listen(server);
  const scheme = options.plain === true ? 'http' : 'https';
  const auth = {
    realm: `${scheme}://localhost:${port}/token`,
    ...{ service, issuer, rootcertbundle: options.certificates.caCertificate },
  };
  return { auth, requests, stop };
}
