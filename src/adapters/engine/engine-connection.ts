/** Sends requests to a Docker engine over undici: one connection, one request at a time. */

import Client from 'undici/lib/dispatcher/client.js';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { connectionReason, errorCode, systemReason } from '../../go/errno.ts';
import type { Clock } from '../../ports/clock.ts';
import { Dialer } from '../http/transport/dialer.ts';
import { defaultLimits } from '../http/transport/limits.ts';
import { loadTls, type TlsMaterial } from '../http/transport/tls.ts';
import type { FoundEngine, Variables } from './find-engine.ts';

export interface EngineRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Takes the body of a success in pieces, in place of the answer; what it throws ends the request. */
  readonly take?: (chunk: Uint8Array) => void;
}

export interface EngineAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a failure, or of a success that no caller takes. */
  readonly body: Uint8Array;
}

/** Milliseconds and bytes. */
export interface EngineLimits {
  readonly connect: number;
  /** Until the answer begins, and between two pieces of it. */
  readonly idle: number;
  /** The same for a push and a pull, which wait for a registry. */
  readonly streamIdle: number;
  /** Of an answer that is no stream. */
  readonly body: number;
  /** Of a stream: years of progress, for people. */
  readonly stream: number;
}

export const engineLimits: EngineLimits = {
  connect: 10_000,
  idle: 60_000,
  streamIdle: 600_000,
  body: 16 * 1024 * 1024,
  stream: 4 * 1024 * 1024 * 1024,
};

const maxHeader = 64 * 1024;

export interface ConnectionOptions {
  readonly env: Variables;
  readonly clock: Clock;
  readonly limits: EngineLimits;
}

/** What undici hands to a handler, as far as it is used. */
interface Controller {
  abort(reason: Error): void;
}

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

export class EngineConnection {
  readonly #engine: FoundEngine;
  readonly #limits: EngineLimits;
  readonly #client: Client;

  private constructor(engine: FoundEngine, { clock, limits }: ConnectionOptions, tls: TlsMaterial) {
    this.#engine = engine;
    this.#limits = limits;
    const { socketPath, url } = engine.address;
    const dialer = new Dialer({ tls, clock, limits: { ...defaultLimits, connect: limits.connect } });
    this.#client = new Client(url, {
      pipelining: 1,
      // Explicit, so that --max-http-header-size in NODE_OPTIONS has no say.
      maxHeaderSize: maxHeader,
      connect:
        socketPath === undefined
          ? (_, settle) => {
              dialer.open(new URL(url), undefined).then(
                (socket) => settle(null, socket),
                (error: unknown) => settle(error instanceof Error ? error : new Error(String(error)), null),
              );
            }
          : { socketPath, timeout: limits.connect },
    });
  }

  /** Reads the TLS files; nothing is sent yet. @throws NotaryError TLS_CONFIG_INVALID */
  static async open(engine: FoundEngine, options: ConnectionOptions): Promise<EngineConnection> {
    const none: TlsMaterial = { trustedCas: [], client: undefined, verify: true };
    const tls = engine.tls === undefined ? none : await loadTls(engine.tls, options.env);
    return new EngineConnection(engine, options, tls);
  }

  /**
   * Sends a request; a stream that breaks off before its end is a failure.
   *
   * @throws NotaryError ENGINE_UNREACHABLE; ENGINE_REFUSED for an answer that has no end; what `take` throws
   */
  send(request: EngineRequest): Promise<EngineAnswer> {
    const { shown } = this.#engine.address;
    const idle = request.take === undefined ? this.#limits.idle : this.#limits.streamIdle;
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(request, this.#limits, shown, { resolve, reject });
      this.#client.dispatch(
        {
          method: request.method,
          path: request.path,
          headers: { ...this.#engine.headers, 'user-agent': 'tsnotary', ...request.headers },
          headersTimeout: idle,
          bodyTimeout: idle,
        },
        exchange,
      );
    });
  }

  async close(): Promise<void> {
    if (!this.#client.destroyed) await this.#client.destroy();
  }
}

interface Settle {
  readonly resolve: (answer: EngineAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** One request and its answer, as undici reports them. */
class Exchange {
  readonly #request: EngineRequest;
  readonly #limits: EngineLimits;
  readonly #shown: string;
  readonly #settle: Settle;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;
  #answer: Omit<EngineAnswer, 'body'> | undefined;
  /** Why this end has ended the request. */
  #given: unknown;

  constructor(request: EngineRequest, limits: EngineLimits, shown: string, settle: Settle) {
    this.#request = request;
    this.#limits = limits;
    this.#shown = shown;
    this.#settle = settle;
  }

  onRequestStart(): void {
    // The answer is all that matters.
  }

  onResponseStart(_: Controller, status: number, headers: RawHeaders): void {
    if (status >= 200) this.#answer = { status, headers: plainHeaders(headers) };
  }

  onResponseData(controller: Controller, chunk: Uint8Array): void {
    if (this.#given !== undefined) return;
    const { take } = this.#request;
    const isStream = take !== undefined && this.#succeeded();
    this.#length += chunk.length;
    try {
      if (this.#length > (isStream ? this.#limits.stream : this.#limits.body)) throw endless();
      if (isStream) take(chunk);
      else this.#pieces.push(Uint8Array.from(chunk));
    } catch (error) {
      this.#given = error;
      controller.abort(error instanceof Error ? error : new Error(String(error)));
    }
  }

  onResponseEnd(): void {
    if (this.#given !== undefined) this.#settle.reject(this.#given);
    else if (this.#answer === undefined || !this.#hasEnd(this.#answer))
      this.#settle.reject(brokenOff(this.#shown, 'unexpected EOF'));
    else this.#settle.resolve({ ...this.#answer, body: Buffer.concat(this.#pieces) });
  }

  onResponseError(_: Controller, error: Error): void {
    this.#settle.reject(this.#given ?? this.#explain(error));
  }

  /** The end of the connection is no end of a stream: it looks the same when it breaks. */
  #hasEnd({ headers }: Omit<EngineAnswer, 'body'>): boolean {
    const isStream = this.#request.take !== undefined && this.#succeeded();
    return !isStream || headers['transfer-encoding'] === 'chunked' || 'content-length' in headers;
  }

  #succeeded(): boolean {
    const status = this.#answer?.status ?? 0;
    return status >= 200 && status <= 299;
  }

  #explain(error: Error): NotaryError {
    if (this.#answer !== undefined) return brokenOff(this.#shown, reasonOf(error, 'unexpected EOF'), error);
    if (isNotaryError(error, 'NETWORK'))
      return notConnected(this.#shown, error.message, error.cause ?? error);
    return notConnected(this.#shown, reasonOf(error, 'EOF'), error);
  }
}

const slow: Readonly<Record<string, string>> = {
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  UND_ERR_BODY_TIMEOUT: 'it has stopped sending',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
};

function reasonOf(error: Error, closed: string): string {
  const code = errorCode(error);
  if (code === 'UND_ERR_SOCKET' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return closed;
  return slow[code] ?? connectionReason(error) ?? systemReason(error);
}

function brokenOff(shown: string, reason: string, cause?: unknown): NotaryError {
  return new NotaryError(
    'ENGINE_UNREACHABLE',
    `the Docker daemon at ${shown} broke off its answer: ${reason}`,
    {
      details: { engine: shown },
      ...(cause !== undefined && { cause }),
    },
  );
}

/** Docker's words: no engine there, no right to ask it, and every other cause. */
function notConnected(shown: string, reason: string, cause: unknown): NotaryError {
  const details = { engine: shown };
  switch (errorCode(cause)) {
    case 'EACCES':
    case 'EPERM':
      return new NotaryError(
        'ENGINE_UNREACHABLE',
        `permission denied while trying to connect to the Docker daemon socket at ${shown}`,
        { details, hint: 'The group docker may use it, or root.', cause },
      );
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ECONNREFUSED':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new NotaryError(
        'ENGINE_UNREACHABLE',
        `Cannot connect to the Docker daemon at ${shown}. Is the docker daemon running?`,
        { details, hint: 'DOCKER_HOST, DOCKER_CONTEXT or docker context use say where it is.', cause },
      );
    default:
      return new NotaryError('ENGINE_UNREACHABLE', `error during connect to ${shown}: ${reason}`, {
        details,
        cause,
      });
  }
}

function endless(): NotaryError {
  return new NotaryError('ENGINE_REFUSED', 'the Docker daemon sent an answer without an end');
}

function plainHeaders(headers: RawHeaders): Readonly<Record<string, string>> {
  const plain = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(headers)) {
    const first = typeof value === 'string' ? value : value?.[0];
    if (first !== undefined) plain[name.toLowerCase()] = first;
  }
  return plain;
}
