/** Declares the types of requests to a server and of its replies. */

/** A request as it arrived. */
export interface ServerRequest {
  /** Upper case. */
  readonly method: string;
  /** Path and query as in the request line, percent-encoded. */
  readonly path: string;
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A reply; date and length are the transport's to add. */
export interface ServerReply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const empty: Uint8Array = new Uint8Array(0);

/** 200 without a body. */
export const done: ServerReply = { status: 200, headers: {}, body: empty };

/** 200 with a body of the type that Go guesses for metadata and keys. */
export function text(body: Uint8Array, headers: Readonly<Record<string, string>> = {}): ServerReply {
  return { status: 200, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body };
}

export const json = 'application/json; charset=utf-8';

/** A bare status: 301 with a location, 405, 400 for a path that cannot be decoded. */
export function bare(status: number, headers: Readonly<Record<string, string>> = {}): ServerReply {
  return { status, headers, body: empty };
}

/** 404 of a path that no rule at all knows. */
export const noPage: ServerReply = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body: Buffer.from('404 page not found\n'),
};
