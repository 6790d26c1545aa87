/** Declares the port to an HTTP client. */

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Absolute URL. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** The body of a 2xx response may not be longer than this many bytes; others may be cut short. */
  readonly limit: number;
  /** Bound on the whole exchange in milliseconds; without it only the idle and speed limits hold. */
  readonly timeout?: number;
  /** Redirects are followed only where asked for (ping and token requests). */
  readonly followRedirects?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Where the response came from in the end, when redirects were followed. */
  readonly url?: string;
  /** Lower-case names; a repeated header keeps all its values. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
}

/**
 * Sends one request. Requests to one origin share a connection and are pipelined.
 *
 * @throws NotaryError NETWORK when no whole response arrived, MALICIOUS_SERVER when it was longer
 * than the limit.
 */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Closes idle connections so that the process can end. */
  close(): Promise<void>;
}
