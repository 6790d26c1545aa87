/** Sends requests to a server over HTTPS, as they are, and gathers what comes back. */

import { Agent, type RequestOptions, request } from 'node:https';
import type { Asked, Reply, Subject } from '../support/server-session.ts';

/** A subject behind a loopback port, over connections that are kept until `close`. */
export interface KeptConnection {
  readonly ask: Subject;
  readonly close: () => void;
}

/** @param ca PEM of the authority that the server's certificate is from */
export function keptConnection(port: number, ca: Uint8Array): KeptConnection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: Buffer.from(ca) });
  return {
    ask: (asked) => exchange({ host: 'localhost', port, agent }, asked),
    close: () => agent.destroy(),
  };
}

/** The path goes out as it is, unlike with clients that tidy it. */
function exchange(options: RequestOptions, asked: Asked): Promise<Reply> {
  const { method, path, headers = {}, body = new Uint8Array() } = asked;
  const framed = 'transfer-encoding' in headers || (body.length === 0 && method !== 'POST');
  const length = framed ? {} : { 'content-length': String(body.length) };
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...options, method, path, headers: { ...headers, ...length } }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const kept = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: Object.fromEntries(kept) as Record<string, string>,
          body: Buffer.concat(chunks),
        });
      });
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
      // The server may have closed a kept connection just before: whether it hangs up shows on a new one.
      else if (outgoing.reusedSocket) resolve(exchange(options, asked));
      else resolve({ status: 0, headers: {}, body: new Uint8Array() });
    });
    outgoing.end(body);
  });
}
