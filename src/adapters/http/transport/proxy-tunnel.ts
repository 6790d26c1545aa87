/** Opens a tunnel to a server through an HTTP proxy (RFC 9110, 9.3.6). */

import type { Socket } from 'node:net';
import { oneLine } from '../../../encoding/one-line.ts';
import { networkError } from './network-error.ts';

const maxHeader = 64 * 1024;

/**
 * Sends CONNECT and waits for consent; afterwards the stream belongs to the server.
 *
 * @param target `host:port`
 * @param limit milliseconds
 * @throws NotaryError NETWORK
 */
export async function openTunnel(socket: Socket, proxy: URL, target: string, limit: number): Promise<void> {
  const headers = Object.entries({ host: target, ...proxyHeader(proxy) });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`CONNECT ${target} HTTP/1.1\r\n${lines}\r\n`);
  const header = await readHeader(socket, proxy.host, limit);
  const status = /^HTTP\/1\.[01] (\d{3})(?: ([^\r\n]*))?/.exec(header);
  if (status?.[1] === '200') return;
  socket.destroy();
  const words = status === null ? 'malformed answer' : oneLine(`${status[1] ?? ''} ${status[2] ?? ''}`);
  throw networkError(`the proxy refused a tunnel to ${target}: ${words}`, proxy.host);
}

/** The credentials of the proxy's URL, for the proxy alone. */
export function proxyHeader(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

function readHeader(socket: Socket, host: string, limit: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('data', more).off('error', broken).off('close', closed);
      socket.pause();
    };
    const fail = (reason: string, cause?: unknown): void => {
      settle();
      socket.on('error', () => undefined).destroy();
      reject(networkError(reason, host, { cause }));
    };
    const more = (chunk: Buffer): void => {
      const searched = Math.max(0, text.length - 3);
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n', searched);
      if (end === -1 && text.length < maxHeader) return;
      if (end === -1 || text.length > end + 4) {
        fail('the proxy sent more than its answer');
      } else {
        settle();
        resolve(text);
      }
    };
    const broken = (cause: unknown): void => fail('the proxy broke the connection', cause);
    const closed = (): void => fail('EOF');
    const timer = setTimeout(() => fail('i/o timeout'), limit);
    socket.on('data', more).once('error', broken).once('close', closed);
  });
}
