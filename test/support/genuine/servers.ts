/** Starting and stopping servers of our own on loopback. */
import type { Server, Socket } from 'node:net';

export interface Listening {
  readonly port: number;
  /** Closes the server and every connection it still has. */
  readonly stop: () => Promise<void>;
}

/** Listens on a free loopback port (or the given one, or a Unix socket path). */
export function listen(
  server: Server,
  where: { readonly port?: number; readonly path?: string } = {},
): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const ready = (): void => {
      const address = server.address();
      resolve({ port: typeof address === 'object' && address !== null ? address.port : 0, stop });
    };
    if (where.path === undefined) server.listen(where.port ?? 0, '127.0.0.1', ready);
    else server.listen(where.path, ready);
  });
}
