/**
 * Dials one origin: opens a TCP stream, through a proxy if there is one, then TLS. Each step has its own time
 * limit, and fails with Go's words for it.
 */

import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate, type SecureContext } from 'node:tls';
import { isNotaryError, type NotaryError } from '../../../errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { NetworkLimits } from './limits.ts';
import {
  checkIdentity,
  dialReason,
  handshakeHint,
  handshakeReason,
  hostPort,
  networkError,
  stallError,
} from './network-error.ts';
import { openTunnel } from './proxy-tunnel.ts';
import { secureContext, type TlsMaterial } from './tls.ts';

export interface DialOptions {
  readonly tls: TlsMaterial;
  readonly limits: NetworkLimits;
  readonly clock: Clock;
}

/** Opens streams; those that are not open yet can be given up together. */
export class Dialer {
  readonly #options: DialOptions;
  readonly #opening = new Set<Socket>();
  #context: SecureContext | undefined;

  constructor(options: DialOptions) {
    this.#options = options;
  }

  /**
   * Connects to the origin (scheme, host, port), directly or through the proxy.
   *
   * @throws NotaryError NETWORK
   */
  async open(origin: URL, proxy: URL | undefined): Promise<Socket> {
    const secure = origin.protocol === 'https:';
    const stream =
      proxy === undefined ? this.#tcp(origin) : this.#throughProxy(proxy, secure ? origin : undefined);
    if (!secure) return stream;
    stream.catch(() => undefined);
    // Reading a long list of CAs takes as long as the network does: both happen at once.
    this.#secureContext();
    return this.#handshake(await stream, origin);
  }

  /** Gives up every connection that is still being made. */
  abandon(): void {
    for (const socket of this.#opening) socket.destroy(new Error('given up'));
  }

  async #throughProxy(proxy: URL, target: URL | undefined): Promise<Socket> {
    if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
      throw networkError(
        `proxyconnect tcp: unsupported proxy scheme ${proxy.protocol.slice(0, -1)}`,
        proxy.host,
      );
    }
    try {
      const plain = await this.#tcp(proxy);
      const socket = proxy.protocol === 'https:' ? await this.#handshake(plain, proxy) : plain;
      // A proxy is asked to relay https as it is; http requests are sent to the proxy itself.
      if (target !== undefined)
        await openTunnel(socket, proxy, authority(target), this.#options.limits.connect);
      return socket;
    } catch (error) {
      if (!isNotaryError(error, 'NETWORK')) throw error;
      throw networkError(`proxyconnect tcp: ${error.message}`, proxy.host, { cause: error });
    }
  }

  #tcp(origin: URL): Promise<Socket> {
    const host = bareHost(origin);
    const port = portOf(origin);
    const socket = connectTcp({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      autoSelectFamilyAttemptTimeout: 1000,
    });
    return this.#settled(socket, 'connect', {
      limit: this.#options.limits.connect,
      slow: () => stallError(`dial tcp ${hostPort(host, port)}: i/o timeout`, origin.host),
      failed: (cause) => networkError(dialReason(cause, host, port), origin.host, { cause }),
    });
  }

  #handshake(stream: Socket, origin: URL): Promise<Socket> {
    const { tls, limits, clock } = this.#options;
    const host = bareHost(origin);
    const endpoints = endpointsOf(stream);
    const socket = connectTls({
      socket: stream,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      secureContext: this.#secureContext(),
      // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED has no say.
      rejectUnauthorized: tls.verify,
      checkServerIdentity: (_, peer) => checkIdentity(host, peer),
      ALPNProtocols: ['http/1.1'],
    });
    let peer: PeerCertificate | undefined;
    // Before Node's own listener, which drops the connection, and the certificate with it.
    socket.prependOnceListener('secure', () => {
      peer = socket.getPeerCertificate();
    });
    return this.#settled(socket, 'secureConnect', {
      limit: limits.handshake,
      slow: () => stallError('net/http: TLS handshake timeout', origin.host),
      failed: (cause) => {
        const reason = handshakeReason(cause, { now: clock.now(), peer, endpoints });
        const hint = handshakeHint(reason, tls.onlyCa);
        return networkError(reason, origin.host, { cause, hint });
      },
    });
  }

  #secureContext(): SecureContext {
    this.#context ??= secureContext(this.#options.tls);
    return this.#context;
  }

  #settled(
    socket: Socket,
    event: 'connect' | 'secureConnect',
    outcome: { limit: number; slow: () => NotaryError; failed: (cause: unknown) => NotaryError },
  ): Promise<Socket> {
    this.#opening.add(socket);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail(outcome.slow()), outcome.limit);
      const settle = (): void => {
        clearTimeout(timer);
        this.#opening.delete(socket);
        socket.off(event, open).off('error', broken).off('close', closed);
      };
      const fail = (error: NotaryError): void => {
        settle();
        // A socket may report more than one error; the client reports the first.
        socket.on('error', () => undefined).destroy();
        reject(error);
      };
      const open = (): void => {
        settle();
        // Until the stream's user listens for himself, a failure must not end the process.
        socket.on('error', () => undefined);
        resolve(socket);
      };
      const broken = (cause: unknown): void => fail(outcome.failed(cause));
      const closed = (): void => fail(outcome.failed(undefined));
      socket.once(event, open).once('error', broken).once('close', closed);
    });
  }
}

/** The two ends of an open stream, `a:1->b:2`, as Go names them. */
export function endpointsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${hostPort(localAddress ?? '', localPort ?? 0)}->${hostPort(remoteAddress ?? '', remotePort ?? 0)}`;
}

/** The host as a name or address, without the brackets of an IPv6 address. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function authority(url: URL): string {
  return hostPort(bareHost(url), portOf(url));
}
