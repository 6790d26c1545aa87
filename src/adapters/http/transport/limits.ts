/** Sets the limits on what a server may take: timeouts (all in milliseconds) and sizes. */

export interface NetworkLimits {
  /** TCP connection, name resolution and a proxy's consent included. */
  readonly connect: number;
  readonly handshake: number;
  /** From the request's last byte to the response's header. */
  readonly headers: number;
  /** Between two pieces of a body, in either direction. */
  readonly idle: number;
  /** A response body must bring this many bytes per second … */
  readonly speedFloor: number;
  /** … on average over windows of this length. */
  readonly speedWindow: number;
  /** The whole ping, redirects included (Notary 0.7.0: 5 s). */
  readonly ping: number;
  /** A whole token request, redirects included (Notary 0.7.0: 15 s). */
  readonly token: number;
  /** Requests sent ahead of their answers on one connection. */
  readonly pipelining: number;
}

/** Notary 0.7.0 has the first two and the ping's and token's limits; without the others it waits for ever. */
export const defaultLimits: NetworkLimits = {
  connect: 30_000,
  handshake: 10_000,
  headers: 30_000,
  idle: 30_000,
  speedFloor: 1024,
  speedWindow: 20_000,
  ping: 5_000,
  token: 15_000,
  pipelining: 64,
};
