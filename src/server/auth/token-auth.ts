/**
 * Authenticates requests by tokens: which token a request needs (Notary 0.7.0), and the service that issues tokens
 * (Docker registry v2 authentication: token specification, and OAuth2), here on the same address.
 *
 * Reading needs no login; users may do everything.
 */

import { digest, hmacSha256 } from '../../crypto/signatures/digest.ts';
import { equalBytes, fromUtf8, utf8 } from '../../encoding/bytes.ts';
import { goJson } from '../../encoding/canonical-json.ts';
import type { JsonValue } from '../../encoding/json-value.ts';
import { formatInstant } from '../../encoding/rfc3339.ts';
import { refusal } from '../http/errors.ts';
import { handle } from '../http/handle-request.ts';
import { json, type ServerReply, type ServerRequest } from '../http/messages.ts';
import { type Route, route } from '../http/routes.ts';
import type { NotaryServer } from '../server.ts';
import { type Permission, parseScope, readToken, writeToken } from './tokens.ts';
import type { Users } from './users.ts';

export interface TokenAuth {
  readonly users: Users;
  /** 32 random bytes. Tokens of one secret are good for nothing under another. */
  readonly secret: Uint8Array;
}

const tokenPath = '/token';
const service = 'tsnotary-sandbox';
/** Seconds. */
const lifetime = 300;
const everything = ['pull', 'push', '*'];
const withoutLogin = ['pull'];
const noUser = 'no such user and password';

/** As `handle`, for a server that wants tokens. */
export async function handleWithTokens(
  server: NotaryServer,
  auth: TokenAuth,
  request: ServerRequest,
): Promise<ServerReply> {
  const now = server.clock.now();
  if (request.path === tokenPath || request.path.startsWith(`${tokenPath}?`)) {
    return tokenReply(auth, request, now);
  }
  const asked = route(request.method, request.path);
  const needed = neededFor(asked, request.method);
  const greeting = asked.kind === 'ping';
  return (needed && refused({ needed, greeting }, auth, request, now)) ?? handle(server, request);
}

const catalog: Permission = { type: 'registry', name: 'catalog', actions: ['*'] };

/** What a request needs; undefined for a request that needs no token. */
function neededFor(asked: Route, method: string): Permission | undefined {
  const of = (name: string, ...actions: string[]): Permission => ({ type: 'repository', name, actions });
  switch (asked.kind) {
    case 'update':
      return of(asked.gun, 'push', 'pull');
    case 'delete':
      return of(asked.gun, '*');
    case 'file':
      return of(asked.gun, 'pull');
    case 'key':
      return method === 'GET' ? of(asked.gun, 'push', 'pull') : of(asked.gun, '*');
    case 'changes':
      return asked.gun === '' ? catalog : of(asked.gun, 'pull');
    case 'ping':
    case 'not found':
      return catalog;
    default:
      return undefined;
  }
}

function refused(
  { needed, greeting }: { readonly needed: Permission; readonly greeting: boolean },
  { secret }: TokenAuth,
  request: ServerRequest,
  now: Date,
): ServerReply | undefined {
  const [, token] = /^Bearer +(\S+)$/i.exec(headerOf(request, 'authorization')) ?? [];
  const claims = token === undefined ? undefined : readToken(secret, token, seconds(now));
  // What `docker login` greets with has no scope; the genuine server, which wants one, refuses it.
  if (greeting && claims !== undefined && claims.user !== '') return undefined;
  // The action * stands for all.
  const allowed = claims?.access.some(
    ({ type, name, actions }) =>
      type === needed.type &&
      name === needed.name &&
      needed.actions.every((one) => actions.includes(one) || actions.includes('*')),
  );
  if (allowed === true) return undefined;
  const { type, name, actions } = needed;
  const parameters = [
    `realm=${quoted(realmFor(headerOf(request, 'host')))}`,
    `service=${quoted(service)}`,
    `scope=${quoted(`${type}:${name}:${actions.join(',')}`)}`,
  ];
  if (token !== undefined) parameters.push(`error="${claims ? 'insufficient_scope' : 'invalid_token'}"`);
  const detail = actions.map((action) => members({ Type: type, Class: '', Name: name, Action: action }));
  const reply = refusal('UNAUTHORIZED', detail);
  const challenge = `Bearer ${parameters.join(',')}`;
  const body = request.method === 'HEAD' ? new Uint8Array() : reply.body;
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': challenge }, body };
}

/** The token service under the name by which the client knows this server, as long as that is one of loopback. */
function realmFor(host: string): string {
  const known = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/.test(host);
  return `https://${known ? host : 'localhost'}${tokenPath}`;
}

/** A quoted string (RFC 9110 5.6.4) of the bytes of UTF-8, as HTTP carries them. */
function quoted(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return `"${bytes.replace(/[\u0000-\u001f\u007f]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}

/** One request for a token: GET with a password or without, POST with a form. */
function tokenReply(auth: TokenAuth, request: ServerRequest, now: Date): ServerReply {
  const posted = request.method === 'POST';
  if (!posted && request.method !== 'GET') return refusal('METADATA_NOT_FOUND');
  const mark = request.path.indexOf('?');
  const query = mark < 0 ? '' : request.path.slice(mark + 1);
  const fields = new URLSearchParams(posted ? fromUtf8(request.body) : query);
  const user = posted ? userOfForm(auth, fields) : userOfHeader(auth, headerOf(request, 'authorization'));
  if (user === undefined) return refusal('UNAUTHORIZED', noUser);
  const permitted = user === '' ? withoutLogin : everything;
  const access = fields
    .getAll('scope')
    .flatMap((text) => text.split(' '))
    .flatMap((text) => parseScope(text) ?? [])
    .map((wish) => ({ ...wish, actions: wish.actions.filter((action) => permitted.includes(action)) }));
  const token = writeToken(auth.secret, { user, access, expires: seconds(now) + lifetime });
  const offline = fields.get('offline_token') === 'true' || fields.get('access_type') === 'offline';
  const reply = members({
    ...{ token, access_token: token, expires_in: lifetime, issued_at: formatInstant(now) },
    ...(offline && user !== '' && { refresh_token: refreshToken(auth, user) }),
  });
  return {
    status: 200,
    headers: { 'content-type': json, 'cache-control': 'no-store' },
    body: utf8(`${goJson(reply)}\n`),
  };
}

/** The user whose password the header has; empty without a password, undefined for a wrong one. */
function userOfHeader(auth: TokenAuth, header: string): string | undefined {
  const [, encoded] = /^Basic +(\S+)$/i.exec(header) ?? [];
  if (encoded === undefined) return '';
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : checkedUser(auth, text.slice(0, colon), text.slice(colon + 1));
}

/** The user whose password or refresh token the form has. */
function userOfForm(auth: TokenAuth, fields: URLSearchParams): string | undefined {
  switch (fields.get('grant_type')) {
    case 'password':
      return checkedUser(auth, fields.get('username') ?? '', fields.get('password') ?? '');
    case 'refresh_token': {
      const [name = '', code = ''] = (fields.get('refresh_token') ?? '').split('.');
      const user = Buffer.from(name, 'base64url').toString('utf8');
      return auth.users.has(user) && same(refreshToken(auth, user), `${name}.${code}`) ? user : undefined;
    }
    default:
      return undefined;
  }
}

function checkedUser({ users }: TokenAuth, user: string, password: string): string | undefined {
  const held = users.get(user);
  return held !== undefined && same(held, password) ? user : undefined;
}

/** What a user may show in place of the password, as long as that stays what it is. */
function refreshToken({ users, secret }: TokenAuth, user: string): string {
  const code = hmacSha256(secret, utf8(`refresh\0${user}\0${users.get(user) ?? ''}`));
  return `${Buffer.from(user, 'utf8').toString('base64url')}.${Buffer.from(code).toString('base64url')}`;
}

/** Compares texts in a time that does not reveal where they differ. */
function same(left: string, right: string): boolean {
  return equalBytes(digest('sha256', utf8(left)), digest('sha256', utf8(right)));
}

function headerOf({ headers }: ServerRequest, name: string): string {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1] ?? '';
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

function members(fields: Readonly<Record<string, JsonValue>>): JsonValue {
  return new Map(Object.entries(fields));
}
