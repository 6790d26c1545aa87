/**
 * A Notary server in this process, behind the HttpClient port: no socket, no real clock.
 *
 * It answers by the same rules that the sandbox serves; on top of them it can be told to misbehave.
 */

import { NotaryError } from '../../src/errors.ts';
import type { Clock, RandomBytes } from '../../src/ports/clock.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../src/ports/http.ts';
import { refusal } from '../../src/server/http/errors.ts';
import { handle } from '../../src/server/http/handle-request.ts';
import type { ServerReply } from '../../src/server/http/messages.ts';
import type { NotaryServer } from '../../src/server/server.ts';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import type { ServerStore } from '../../src/server/store/store.ts';
import { memoryClock, seededRandom } from './memory-ports.ts';

/** A request that reached the server, and how it was answered. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly status: number;
}

export interface Override {
  /** GET, POST or DELETE; all when absent. */
  readonly method?: string;
  /** A part of the path and query, or a pattern for it. */
  readonly path: string | RegExp;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How many requests it holds for; all when absent. */
  readonly times?: number;
}

export interface Challenge {
  /** One `WWW-Authenticate` header line each. */
  readonly lines: readonly string[];
  /** Lets a request through by its `Authorization` header. */
  accepts(authorization: string | undefined, request: HttpRequest): boolean;
}

/** Changes the bytes of a file that is being served; the resource is its name without `.json`. */
export type Tamper = (resource: string, bytes: Uint8Array) => Uint8Array;

export interface MemoryServer {
  /** Base URL, without a slash at the end. */
  readonly url: string;
  readonly http: HttpClient;
  /** The honest server underneath, for looking into its store. */
  readonly server: NotaryServer;
  /** All requests since the start or the last `forget`, oldest first; none while offline. */
  readonly requests: readonly RecordedRequest[];
  forget(): void;
  /** `GET /v2/…` lines of the requests, for comparing. */
  lines(): readonly string[];
  /** True: no request arrives. */
  offline: boolean;
  challenge: Challenge | undefined;
  tamper: Tamper | undefined;
  /** Answers certain requests without asking the server; the latest matching override wins. */
  override(override: Override): void;
  clearOverrides(): void;
}

export interface MemoryServerOptions {
  readonly clock?: Clock;
  readonly random?: RandomBytes;
  readonly store?: ServerStore;
  readonly gunPrefixes?: readonly string[];
  readonly url?: string;
}

export function memoryServer(options: MemoryServerOptions = {}): MemoryServer {
  const { clock = memoryClock(), random = seededRandom('server'), store = memoryServerStore() } = options;
  const { gunPrefixes = [], url = 'https://notary.test' } = options;
  const requests: RecordedRequest[] = [];
  const overrides: { readonly override: Override; left: number }[] = [];

  const overridden = (request: HttpRequest, path: string): ServerReply | undefined => {
    const found = overrides.findLast(({ override, left }) => left > 0 && applies(override, request, path));
    if (found === undefined) return undefined;
    found.left--;
    const { status, headers = {}, body = '' } = found.override;
    return { status, headers, body: Buffer.from(body) };
  };

  const respond = async (request: HttpRequest, path: string): Promise<HttpResponse> => {
    const { method, headers = {}, body = new Uint8Array() } = request;
    const challenge = memory.challenge;
    if (challenge?.accepts(authorizationOf(headers), request) === false) {
      const { status, headers: own, body: error } = refusal('UNAUTHORIZED');
      return { status, body: error, headers: { ...listed(own), 'www-authenticate': challenge.lines } };
    }
    const reply = overridden(request, path) ?? (await handle(memory.server, { method, path, headers, body }));
    const resource = /\/_trust\/tuf\/(.+)\.json$/.exec(path)?.[1];
    const tampered =
      memory.tamper === undefined || resource === undefined || method !== 'GET' || reply.status !== 200
        ? reply.body
        : memory.tamper(decodeURIComponent(resource), reply.body);
    return { status: reply.status, headers: listed(reply.headers), body: tampered };
  };

  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    const { pathname, search, origin } = new URL(request.url);
    if (memory.offline || origin !== url) {
      throw new NotaryError('NETWORK', `${request.method} ${request.url}: connection refused`);
    }
    const path = pathname + search;
    const response = await respond(request, path);
    const { method, headers = {}, body = new Uint8Array() } = request;
    requests.push({ method, path, headers, body, status: response.status });
    const location = response.headers['location']?.[0];
    if (request.followRedirects === true && response.status === 301 && location !== undefined) {
      return send({ ...request, url: new URL(location, request.url).href });
    }
    if (response.body.length > request.limit) {
      throw new NotaryError('MALICIOUS_SERVER', 'trust server returned a bad response.');
    }
    return response;
  };

  const memory: MemoryServer = {
    url,
    server: { store, clock, random, gunPrefixes },
    requests,
    offline: false,
    challenge: undefined,
    tamper: undefined,
    http: { send, close: async () => undefined },
    forget: () => void requests.splice(0),
    lines: () => requests.map(({ method, path }) => `${method} ${path}`),
    override: (override) => void overrides.push({ override, left: override.times ?? Infinity }),
    clearOverrides: () => void overrides.splice(0),
  };
  return memory;
}

function applies(override: Override, request: HttpRequest, path: string): boolean {
  if (override.method !== undefined && override.method !== request.method) return false;
  return typeof override.path === 'string' ? path.includes(override.path) : override.path.test(path);
}

function authorizationOf(headers: Readonly<Record<string, string>>): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
}

function listed(headers: Readonly<Record<string, string>>): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
}
