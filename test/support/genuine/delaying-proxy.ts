/**
 * A TCP proxy on loopback that makes a server look far away: every chunk takes half a round trip
 * each way, and a connection costs one round trip before its first byte, as TCP's handshake does.
 * It sees no more than bytes; how many HTTP requests were made is in the genuine server's log.
 */
import { connect, createServer, type Socket } from 'node:net';
import { listen } from './servers.ts';

export interface DelayingProxyOptions {
  /** Loopback port of the server behind. */
  readonly behind: number;
  /** Round trip time in milliseconds. */
  readonly roundTrip: number;
}

export interface DelayingProxy {
  readonly port: number;
  /** `https://localhost:PORT` */
  readonly url: string;
  /** Connections accepted so far. */
  connections(): number;
  /** Refuses connections until `reopen`; what lies behind keeps running. */
  shut(): Promise<void>;
  /** Accepts connections on the same port again. */
  reopen(): Promise<void>;
  stop(): Promise<void>;
}

function carry(from: Socket, to: Socket, delay: number): void {
  // Timers of equal length fire in the order in which they were set, so bytes keep their order.
  from.on('data', (chunk) => setTimeout(() => to.write(chunk), delay));
  from.on('end', () => setTimeout(() => to.end(), delay));
  from.on('error', () => to.destroy());
  from.on('close', () => setTimeout(() => to.destroySoon(), delay));
}

/** Starts the proxy on a free port. */
export async function startDelayingProxy(options: DelayingProxyOptions): Promise<DelayingProxy> {
  let connections = 0;
  const open = (port?: number): ReturnType<typeof listen> => {
    // What is small is not held back for more to come: that would be a delay of the proxy's own.
    const server = createServer({ noDelay: true }, (near) => {
      connections += 1;
      near.pause();
      near.on('error', () => near.destroy());
      setTimeout(() => {
        const far = connect({ port: options.behind, host: '127.0.0.1', noDelay: true });
        carry(near, far, options.roundTrip / 2);
        carry(far, near, options.roundTrip / 2);
        near.resume();
      }, options.roundTrip);
    });
    return listen(server, port === undefined ? {} : { port });
  };
  let listening = await open();
  const { port } = listening;
  return {
    port,
    url: `https://localhost:${port}`,
    connections: () => connections,
    shut: () => listening.stop(),
    reopen: async () => {
      listening = await open(port);
    },
    stop: () => listening.stop(),
  };
}
