/**
 * Handles the response to one request: collects it within its limits, and settles once.
 *
 * It is undici's handler for the request. undici may put a request on the wire more than once, when the connection
 * was lost before its turn came; only what concerns the last time counts.
 */

import { withoutQuery } from '../../../encoding/url-text.ts';
import { NotaryError } from '../../../errors.ts';
import type { HttpRequest, HttpResponse } from '../../../ports/http.ts';
import { GatheredBody } from './body-buffer.ts';
import type { NetworkLimits } from './limits.ts';
import { networkError, stallError, streamReason } from './network-error.ts';
import type { ByteBudget } from './overhead-limit.ts';

/** What undici hands to a handler, as far as it is used. */
interface Controller {
  abort(reason: Error): void;
}

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** One connection, for messages. */
export interface StreamFacts {
  /** `a:1->b:2` */
  readonly endpoints: string;
  readonly allowance: ByteBudget;
  /** The first failure of the stream itself. */
  fault?: Error;
}

/** Of a response that is no success, this much is kept; the rest is not read. */
const maxFailure = 16 * 1024;
const maxInterimResponses = 8;
const malformed = 'net/http: HTTP/1.x transport connection broken: malformed HTTP response';
/** Go's words, without its figure. */
export const longHeader = 'net/http: server response headers exceeded the limit; aborted';
const slowHeaders = 'net/http: timeout awaiting response headers';
const uploadPiece = 16 * 1024;

export class Exchange {
  readonly request: HttpRequest;
  readonly response: Promise<HttpResponse>;
  /** True when the connection went away before this request had any answer. */
  unanswered = false;
  readonly #host: string;
  readonly #limits: NetworkLimits;
  readonly #stream: () => StreamFacts | undefined;
  readonly #body = new GatheredBody();
  readonly #timers = new Map<'total' | 'idle' | 'speed', NodeJS.Timeout>();
  #resolve: (response: HttpResponse) => void = () => undefined;
  #reject: (error: NotaryError) => void = () => undefined;
  #controller: Controller | undefined;
  #settled = false;
  #interim = 0;
  #status = 0;
  /** The last piece of what is uploaded has been asked for. */
  #handedOver: boolean;
  #headers: Record<string, readonly string[]> = {};

  /** @param stream what is known of the connection that the request is on */
  constructor(
    request: HttpRequest,
    host: string,
    limits: NetworkLimits,
    stream: () => StreamFacts | undefined,
  ) {
    this.request = request;
    this.#host = host;
    this.#limits = limits;
    this.#stream = stream;
    this.#handedOver = (request.body?.length ?? 0) === 0;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (request.timeout !== undefined) this.#time('total', request.timeout, () => this.#expire());
  }

  /** The body in pieces, each of which must be taken within the idle limit. */
  async *upload(): AsyncGenerator<Uint8Array, void, undefined> {
    const body = this.request.body ?? new Uint8Array();
    for (let at = 0; at < body.length; at += uploadPiece) {
      this.#time('idle', this.#limits.idle, () => this.#stall('the server stopped reading'));
      this.#handedOver = at + uploadPiece >= body.length;
      yield body.subarray(at, at + uploadPiece);
    }
    this.#awaitHeaders();
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    this.#interim = 0;
    if (this.#settled) controller.abort(new Error('given up'));
  }

  onResponseStart(_: Controller, status: number, headers: RawHeaders): void {
    if (status < 200) {
      this.#interim++;
      if (this.#interim > maxInterimResponses)
        this.#fail(this.#error('too many 1xx informational responses'));
      // undici starts its own limit afresh at each of them.
      if (this.#interim === 1) this.#awaitHeaders();
      return;
    }
    this.#stop('idle');
    this.#stream()?.allowance.addHeader();
    this.#status = status;
    this.#headers = plainHeaders(headers);
    this.#watchSpeed();
    const announced = Number(this.#headers['content-length']?.[0] ?? 0);
    if (this.#succeeded() && announced > this.request.limit)
      this.#fail(tooLong(this.#host, this.request.url));
  }

  onResponseData(_: Controller, chunk: Uint8Array): void {
    if (this.#settled) return;
    this.#stream()?.allowance.addBody(chunk.length);
    // Beyond the limit nothing is kept.
    if (this.#succeeded() && this.#body.length + chunk.length > this.request.limit) {
      this.#fail(tooLong(this.#host, this.request.url));
      return;
    }
    this.#body.add(chunk);
    if (!this.#succeeded() && this.#body.length > maxFailure) {
      this.#succeed();
      this.#controller?.abort(new Error('read enough'));
    }
  }

  onResponseEnd(): void {
    // A 2xx before the whole body was read is not an acceptance.
    if (this.#succeeded() && !this.#handedOver)
      this.#fail(this.#error('the server answered before it had read what was sent'));
    else this.#succeed();
  }

  onResponseError(_: Controller, error: Error): void {
    if (this.#settled) return;
    this.#fail(this.#explain(error));
  }

  /** Ends the exchange from outside. */
  cancel(error: NotaryError): void {
    this.#fail(error);
  }

  #explain(error: Error): NotaryError {
    // The connection could not be made at all, or this client ended it: the first error says why.
    if (error instanceof NotaryError) return error;
    const code = 'code' in error ? String(error.code) : '';
    const answered = this.#status !== 0;
    switch (code) {
      case 'UND_ERR_HEADERS_TIMEOUT':
        return stallError(slowHeaders, this.#host);
      case 'UND_ERR_BODY_TIMEOUT':
        return stallError('the server stopped sending', this.#host);
      case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
        return this.#error(answered ? 'unexpected EOF' : malformed, error);
      default:
        return this.#explainLoss(code, error, answered);
    }
  }

  #explainLoss(code: string, error: Error, answered: boolean): NotaryError {
    const { endpoints, fault } = this.#stream() ?? {};
    const alert = streamReason(fault, endpoints);
    // undici reports the end of the stream that follows a TLS alert, and forgets the alert.
    if (code === 'UND_ERR_SOCKET' && alert !== undefined) return this.#error(alert, fault);
    const loss = streamReason(error, endpoints);
    const closed = code === 'UND_ERR_SOCKET';
    this.unanswered = !answered && (closed || loss !== undefined);
    if (closed) return this.#error(answered ? 'unexpected EOF' : 'EOF', error);
    return this.#error(loss ?? protocolReason(code, error), error);
  }

  #error(reason: string, cause?: unknown): NotaryError {
    return networkError(reason, this.#host, { cause });
  }

  #succeeded(): boolean {
    return this.#status >= 200 && this.#status <= 299;
  }

  #awaitHeaders(): void {
    this.#time('idle', this.#limits.headers, () => this.#stall(slowHeaders));
  }

  #expire(): void {
    // Go words it differently before and after there is a connection.
    const stage = this.#controller === undefined ? 'context deadline exceeded' : 'net/http: request canceled';
    const detail =
      this.#status === 0 ? 'while awaiting headers' : 'or context cancellation while reading body';
    this.#stall(`${stage} (Client.Timeout exceeded ${detail})`);
  }

  #stall(reason: string): void {
    this.#fail(stallError(reason, this.#host));
  }

  #watchSpeed(): void {
    const { speedFloor, speedWindow } = this.#limits;
    const before = this.#body.length;
    this.#time('speed', speedWindow, () => {
      const rate = ((this.#body.length - before) * 1000) / speedWindow;
      if (rate < speedFloor) this.#stall(`the server sends less than ${speedFloor} bytes per second`);
      else this.#watchSpeed();
    });
  }

  #time(name: 'total' | 'idle' | 'speed', milliseconds: number, action: () => void): void {
    this.#stop(name);
    if (!this.#settled) this.#timers.set(name, setTimeout(action, milliseconds));
  }

  #stop(name: 'total' | 'idle' | 'speed'): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    return true;
  }

  #succeed(): void {
    if (!this.#settle()) return;
    this.#resolve({ status: this.#status, headers: this.#headers, body: this.#body.bytes() });
  }

  #fail(error: NotaryError): void {
    if (!this.#settle()) return;
    this.#reject(error);
    this.#controller?.abort(error);
  }
}

function tooLong(host: string, requested: string): NotaryError {
  return new NotaryError('MALICIOUS_SERVER', 'trust server returned a bad response.', {
    details: { host, url: withoutQuery(requested) },
    hint: 'The response was longer than what was asked for can be.',
  });
}

function protocolReason(code: string, error: Error): string {
  if (code.startsWith('HPE_') || error.name === 'HTTPParserError') {
    return malformed;
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return longHeader;
  return error.message;
}

function plainHeaders(headers: RawHeaders): Record<string, readonly string[]> {
  const plain = Object.create(null) as Record<string, readonly string[]>;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name.toLowerCase()] = typeof value === 'string' ? [value] : value;
  }
  return plain;
}
