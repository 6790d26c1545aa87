/** Fetches tokens from the service that a Bearer challenge names, and caches them while they are valid. */

import { STATUS_CODES } from 'node:http';
import { utf8 } from '../../../encoding/bytes.ts';
import { asObject, readJson } from '../../../encoding/json.ts';
import type { JsonObject, JsonValue } from '../../../encoding/json-value.ts';
import { oneLine } from '../../../encoding/one-line.ts';
import { webUrlDefect } from '../../../encoding/web-url.ts';
import { isNotaryError, NotaryError, withDetails } from '../../../errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../../ports/http.ts';
import { networkError } from '../transport/network-error.ts';
import { reportedErrors } from '../transport/server-error.ts';
import { basicAuthorization } from './authorization.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';

export interface TokenService {
  /**
   * A token for a scope, for the user or anonymous.
   *
   * @throws NotaryError UNAUTHORIZED when the service refuses, NETWORK for everything else
   */
  token(challenge: Challenge, scope: string, credentials: Credentials | undefined): Promise<string>;
}

interface Grant {
  readonly token: string;
  /** Unix time in milliseconds. */
  readonly expires: number;
}

const maxResponse = 1024 * 1024;
/** Shorter lives are taken for this one (token specification: for compatibility with older services). */
const minLifetime = 60;

/** @param timeout milliseconds for one whole token request */
export function tokenService(http: HttpClient, clock: Clock, timeout: number): TokenService {
  const grants = new Map<string, Promise<Grant>>();
  return {
    token: async (challenge, scope, credentials) => {
      const request = tokenRequest(challenge, scope, credentials, timeout);
      const key = JSON.stringify([request.url, request.headers, credentials?.identityToken]);
      const known = grants.get(key);
      // Awaited only if there is one, so that requests made together share one token request.
      const held = known === undefined ? undefined : await known;
      if (held !== undefined && held.expires > clock.now().getTime()) return held.token;
      const grant = fetchGrant(http, request, clock);
      grants.set(key, grant);
      // The service may grant later what it has refused once.
      grant.catch(() => grants.delete(key));
      return (await grant).token;
    },
  };
}

function tokenRequest(
  challenge: Challenge,
  scope: string,
  credentials: Credentials | undefined,
  timeout: number,
): HttpRequest {
  const realm = challenge.parameters.get('realm') ?? '';
  if (realm === '') throw networkError('no realm specified for token auth challenge', '');
  if (webUrlDefect(realm) !== undefined)
    throw networkError(`invalid token auth challenge realm: ${oneLine(realm)}`, '');
  const url = new URL(realm);
  const service = challenge.parameters.get('service') ?? '';
  if (credentials?.identityToken !== undefined) {
    return refreshRequest(url, service, scope, credentials.identityToken, timeout);
  }
  if (service !== '') url.searchParams.append('service', service);
  url.searchParams.append('scope', scope);
  if (credentials !== undefined) url.searchParams.append('account', credentials.username);
  url.searchParams.sort();
  return {
    method: 'GET',
    url: url.href,
    ...(credentials === undefined
      ? {}
      : { headers: { authorization: basicAuthorization(credentials.username, credentials.password) } }),
    limit: maxResponse,
    timeout,
    followRedirects: true,
  };
}

/**
 * The identity token is in the body, which a redirect would carry along, so that none is followed
 * (Docker registry v2 authentication: OAuth2 token specification).
 */
function refreshRequest(
  url: URL,
  service: string,
  scope: string,
  identityToken: string,
  timeout: number,
): HttpRequest {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    service,
    scope,
    client_id: 'tsnotary',
    refresh_token: identityToken,
  });
  return {
    method: 'POST',
    url: url.href,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: utf8(form.toString()),
    limit: maxResponse,
    timeout,
  };
}

async function fetchGrant(http: HttpClient, request: HttpRequest, clock: Clock): Promise<Grant> {
  const { host, origin, pathname } = new URL(request.url);
  let response: HttpResponse;
  try {
    response = await http.send(request);
  } catch (error) {
    if (!isNotaryError(error, 'NETWORK')) throw error;
    const verb = request.method === 'GET' ? 'Get' : 'Post';
    throw networkError(`${verb} "${oneLine(origin + pathname)}": ${error.message}`, host, { cause: error });
  }
  if (response.status < 200 || response.status > 299) throw refusal(response, host);
  const fields = decode(response.body, host);
  const token = [fields.get('access_token'), fields.get('token')].find(
    (value) => typeof value === 'string' && value !== '',
  );
  if (typeof token !== 'string') {
    throw networkError('authorization server did not include a token in the response', host);
  }
  if (!/^[\x21-\x7e]+$/.test(token)) throw networkError('authorization server sent a malformed token', host);
  return { token, expires: clock.now().getTime() + lifetime(fields.get('expires_in')) * 1000 };
}

function lifetime(seconds: JsonValue | undefined): number {
  return Math.max(minLifetime, typeof seconds === 'number' ? seconds : 0);
}

function decode(body: Uint8Array, host: string): JsonObject {
  try {
    return asObject(readJson(body, { fractions: true }), 'the response');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : '';
    throw networkError(`unable to decode token response: ${reason}`, host, { cause });
  }
}

/** The messages that the codes stand for (Docker's errcode package); repeated, they are left out. */
const defaultMessages: Readonly<Record<string, string>> = {
  UNAUTHORIZED: 'authentication required',
  DENIED: 'requested access to the resource is denied',
  TOOMANYREQUESTS: 'too many requests',
  UNAVAILABLE: 'service unavailable',
  UNKNOWN: 'unknown error',
};

/** Why a token service refused, in the words of Docker's registry client. */
function refusal(response: HttpResponse, host: string): NotaryError {
  const { status, body } = response;
  if (status < 400 || status > 499) {
    const words = STATUS_CODES[status];
    const shown = words === undefined ? String(status) : `${status} ${words}`;
    return withDetails(networkError(`received unexpected HTTP status: ${shown}`, host), { status });
  }
  const reasons = (reportedErrors(body) ?? []).map((error) => {
    const code = error.code.toLowerCase().replaceAll('_', ' ');
    const plain = error.detail === null && defaultMessages[error.code] === error.message;
    return oneLine(plain ? code : `${code}: ${error.message}`);
  });
  if (status === 400 && isInvalidGrant(body)) {
    return new NotaryError('UNAUTHORIZED', 'unauthorized: the identity token is not accepted', {
      details: { host, status },
    });
  }
  const text =
    reasons.length > 0 ? oneLine(reasons.join('; ')) : (detailsOf(body, status) ?? usualRefusal(status));
  const code = status === 401 || status === 403 ? 'UNAUTHORIZED' : 'NETWORK';
  return new NotaryError(code, text, { details: { host, status } });
}

/** The refusal of a refresh token (RFC 6749, section 5.2). */
function isInvalidGrant(body: Uint8Array): boolean {
  try {
    return asObject(readJson(body, { fractions: true }), 'the body').get('error') === 'invalid_grant';
  } catch {
    return false;
  }
}

/** The irregular `{"details":"…"}` that some services send. */
function detailsOf(body: Uint8Array, status: number): string | undefined {
  try {
    const details = asObject(readJson(body, { fractions: true }), 'the body').get('details');
    if (typeof details !== 'string' || details === '') return undefined;
    return `${status === 401 ? 'unauthorized' : status === 403 ? 'denied' : 'unknown'}: ${oneLine(details)}`;
  } catch {
    return undefined;
  }
}

function usualRefusal(status: number): string {
  return status === 401
    ? 'unauthorized: authentication required'
    : `received unexpected HTTP status: ${status} ${STATUS_CODES[status] ?? ''}`.trim();
}
