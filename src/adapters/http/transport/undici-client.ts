/**
 * Implements the HttpClient port over undici: one connection per origin, requests pipelined on it.
 *
 * HTTP/1.1 only, nothing decompressed, nothing cached, no cookies. The client gives up a server that has once
 * exceeded a timeout: every further request to it fails at once, so that a run does not wait for the same server
 * over and over.
 */

import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import Client from 'undici/lib/dispatcher/client.js';
import { hostOf } from '../../../encoding/url-text.ts';
import type { NotaryError } from '../../../errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../../ports/http.ts';
import { Dialer, endpointsOf } from './dialer.ts';
import { defaultLimits, type NetworkLimits } from './limits.ts';
import { isStall, networkError } from './network-error.ts';
import { ByteBudget, limitOverhead } from './overhead-limit.ts';
import { proxyFor } from './proxy.ts';
import { proxyHeader } from './proxy-tunnel.ts';
import { followRedirects } from './redirects.ts';
import { Exchange, longHeader, type StreamFacts } from './response-handler.ts';
import type { TlsMaterial } from './tls.ts';

export interface ClientOptions {
  readonly tls: TlsMaterial;
  /** For the proxy variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly limits?: NetworkLimits;
  /** Embedded in another program: the client changes no process-wide settings. */
  readonly guest?: boolean;
}

/** Bytes of all header fields of a response. */
const maxHeader = 64 * 1024;

/** An HttpClient for the real network. */
export function undiciClient(options: ClientOptions): HttpClient {
  return new PipeliningClient(options);
}

let tuned = false;

/** Node's own budget of its optimising compiler for WebAssembly, by major version. */
const ownBudgets: ReadonlyMap<number, number> = new Map([
  [20, 1_800_000],
  [22, 13_000_000],
  [24, 13_000_000],
]);

/**
 * undici's parser is WebAssembly, compiled when the first connection is handed to it. Within the life of one
 * command the optimising compiler costs far more than it saves: three requests in a fresh process take
 * 77 ms without it, 137 ms with it, and 63 ms with node:https, which cannot pipeline.
 *
 * @param guest leaves the process as it is
 * @param compile hands over the connection
 */
function withPlainParser(guest: boolean, compile: () => void): void {
  // An unknown flag would be reported on standard error, so only engines that are known to have it.
  const ownBudget = ownBudgets.get(Number(process.versions.node.split('.')[0]));
  if (guest || tuned || ownBudget === undefined) {
    compile();
    return;
  }
  tuned = true;
  setFlagsFromString('--wasm-tiering-budget=100000000');
  compile();
  // Compiled code (bin/load.js) is bound to the flags of its time.
  setImmediate(() => setFlagsFromString(`--wasm-tiering-budget=${ownBudget}`));
}

class PipeliningClient implements HttpClient {
  readonly #options: ClientOptions;
  readonly #origins = new Map<string, Origin>();
  #closed = false;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    if (request.followRedirects === true) {
      return followRedirects({ ...request, followRedirects: false }, (hop) => this.send(hop));
    }
    // Go's rules for hosts, by which the server's URL was checked, are laxer than those of URL.
    if (!URL.canParse(request.url)) {
      const host = hostOf(request.url);
      throw networkError(`dial tcp: lookup ${host}: no such host`, host);
    }
    const url = new URL(request.url);
    if (this.#closed) throw networkError('the connection is closed', url.host);
    let origin = this.#origins.get(url.origin);
    if (origin === undefined) {
      origin = new Origin(new URL(url.origin), this.#options);
      this.#origins.set(url.origin, origin);
    }
    return origin.send(request, url);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#origins.values()].map((origin) => origin.close()));
  }
}

/** The connection to one scheme, host and port. */
class Origin {
  readonly #url: URL;
  readonly #limits: NetworkLimits;
  readonly #proxy: URL | undefined;
  readonly #dialer: Dialer;
  readonly #client: Client;
  readonly #exchanges = new Set<Exchange>();
  /** Ends when the write that is under way has ended. */
  #writing: Promise<unknown> = Promise.resolve();
  #writes = 0;
  /** Answers on the current connection. */
  #answered = 0;
  #stream: StreamFacts | undefined;
  #givenUp: NotaryError | undefined;

  constructor(url: URL, options: ClientOptions) {
    this.#url = url;
    this.#limits = options.limits ?? defaultLimits;
    this.#proxy = proxyFor(url, options.env);
    this.#dialer = new Dialer({ tls: options.tls, clock: options.clock, limits: this.#limits });
    this.#client = new Client(url, {
      pipelining: this.#limits.pipelining,
      headersTimeout: this.#limits.headers,
      bodyTimeout: this.#limits.idle,
      // Explicit, so that --max-http-header-size in NODE_OPTIONS has no say.
      maxHeaderSize: maxHeader,
      connect: (_, settle) => {
        this.#dialer.open(url, this.#proxy).then(
          (socket) => {
            this.#answered = 0;
            const allowance = new ByteBudget();
            const stream: StreamFacts = { endpoints: endpointsOf(socket), allowance };
            this.#stream = stream;
            limitOverhead(socket, allowance, () => networkError(longHeader, url.host));
            socket.once('error', (error: Error) => (stream.fault = error));
            withPlainParser(options.guest === true, () => settle(null, socket));
          },
          (error: unknown) => settle(error instanceof Error ? error : new Error(String(error)), null),
        );
      },
    });
    this.#client.on('disconnect', () => this.#adaptPipelining());
  }

  async send(request: HttpRequest, url: URL): Promise<HttpResponse> {
    if (request.method !== 'GET') return this.#alone(() => this.#once(request, url).response);
    while (this.#writes > 0) await this.#writing;
    const exchange = this.#once(request, url);
    try {
      return await exchange.response;
    } catch (error) {
      if (!this.#mayRepeat(exchange)) throw error;
      // The request was never sent, perhaps because another one broke the connection: a safe request is repeated
      // alone.
      return this.#alone(() => this.#onNewConnection(request, url));
    }
  }

  /** Sends a read while nothing else is under way; once more if the connection had answered others. */
  async #onNewConnection(request: HttpRequest, url: URL): Promise<HttpResponse> {
    const used = this.#answered > 0;
    const exchange = this.#once(request, url);
    try {
      return await exchange.response;
    } catch (error) {
      if (!used || !this.#mayRepeat(exchange)) throw error;
      return this.#once(request, url).response;
    }
  }

  #mayRepeat(exchange: Exchange): boolean {
    return exchange.unanswered && this.#givenUp === undefined;
  }

  async close(): Promise<void> {
    const closed = networkError('the connection is closed', this.#url.host);
    for (const exchange of this.#exchanges) exchange.cancel(closed);
    this.#dialer.abandon();
    if (!this.#client.destroyed) await this.#client.destroy();
  }

  /**
   * Writes neither follow nor precede other requests in the pipeline: undici would send a write
   * again when a request behind it is broken off.
   */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    this.#writes++;
    const turn = this.#writing.then(async () => {
      await Promise.allSettled([...this.#exchanges].map((exchange) => exchange.response));
      return work();
    });
    this.#writing = turn.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await turn;
    } finally {
      this.#writes--;
    }
  }

  #once(request: HttpRequest, url: URL): Exchange {
    const exchange = new Exchange(request, url.host, this.#limits, () => this.#stream);
    this.#exchanges.add(exchange);
    exchange.response.then(
      () => {
        this.#exchanges.delete(exchange);
        this.#answered++;
      },
      (error: unknown) => {
        this.#exchanges.delete(exchange);
        if (isStall(error)) this.#giveUp(error as NotaryError);
      },
    );
    if (this.#givenUp !== undefined) {
      exchange.cancel(this.#givenUp);
      return exchange;
    }
    const uploads = request.body !== undefined && request.body.length > 0;
    this.#client.dispatch(
      {
        method: request.method,
        path: this.#path(url),
        headers: this.#headers(request, uploads),
        // Without this, undici waits for each response's header before it sends the next request.
        blocking: false,
        ...(uploads
          ? { body: Readable.from(exchange.upload(), { objectMode: false }), headersTimeout: 0 }
          : {}),
      },
      exchange,
    );
    return exchange;
  }

  /** The path, or for plain http over a proxy the whole URL. */
  #path(url: URL): string {
    const path = url.pathname + url.search;
    return this.#plainProxy === undefined ? path : url.origin + path;
  }

  get #plainProxy(): URL | undefined {
    return this.#url.protocol === 'http:' ? this.#proxy : undefined;
  }

  #headers(request: HttpRequest, uploads: boolean): Record<string, string> {
    return {
      'user-agent': 'tsnotary',
      ...(this.#plainProxy === undefined ? {} : proxyHeader(this.#plainProxy)),
      ...(uploads ? { 'content-length': String(request.body?.length ?? 0) } : {}),
      ...request.headers,
    };
  }

  #giveUp(error: NotaryError): void {
    if (this.#givenUp !== undefined) return;
    this.#givenUp = error;
    for (const exchange of this.#exchanges) exchange.cancel(error);
    this.#dialer.abandon();
    void this.#client.destroy();
  }

  /** A server that closes after so many answers is not sent more requests at a time than that. */
  #adaptPipelining(): void {
    if (this.#exchanges.size === 0 || this.#givenUp !== undefined) return;
    this.#client.pipelining = Math.max(1, Math.min(this.#client.pipelining, this.#answered));
  }
}
