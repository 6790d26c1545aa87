/** A proxy on the way to the server that does not do its part. */

import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpClient } from '../../../src/ports/http.ts';
import { listen } from '../../support/genuine/servers.ts';
import { get, testClient } from '../../support/http-rig.ts';
import { failureOf } from '../../support/refusal.ts';

const running: { stop(): Promise<void> }[] = [];
const clients: HttpClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

const ends = (bytes: string) => (socket: Socket) => void socket.end(bytes, 'latin1');
const endless = (socket: Socket): void => {
  const more = (): void => {
    while (!socket.destroyed && socket.write('x'.repeat(10_000)));
  };
  socket.on('drain', more);
  more();
};

describe('G3 a login of a proxy that cannot be decoded', () => {
  it.each([
    ['HTTPS_PROXY', 'https://notary.example/x', 'http://user:pa%zzword@127.0.0.1:1'],
    ['HTTPS_PROXY', 'https://notary.example/x', 'http://us%er:password@127.0.0.1:1'],
    ['HTTPS_PROXY', 'https://notary.example/x', 'http://user:pa%ffword@127.0.0.1:1'],
    ['HTTP_PROXY', 'http://notary.example/x', 'http://user:pa%zzword@127.0.0.1:1'],
  ])(
    'a proxy login that cannot be decoded is an error that names %s and not its value: %s, %s',
    async (variable, url, value) => {
      const http = await testClient({ env: { [variable]: value } });
      clients.push(http);
      const error = await failureOf(http.send(get(url)));
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: { variable } });
      expect(`${error.message} ${error.hint ?? ''}`).not.toMatch(/zz|us%er|word@|127\.0/);
    },
  );

  it('a proxy login that cannot be decoded does not matter for a server that is reached without the proxy', async () => {
    const http = await testClient({ env: { HTTPS_PROXY: 'http://user:pa%zz@127.0.0.1:1' } });
    clients.push(http);
    const error = await failureOf(http.send(get('https://localhost:1/x')));
    expect(error.code).toBe('NETWORK');
  });
});

describe('G3 a proxy that', () => {
  it.each<[string, (socket: Socket) => void, RegExp]>([
    ['says nothing', () => undefined, /i\/o timeout$/],
    ['hangs up', (socket) => void socket.end(), /EOF$/],
    ['resets', (socket) => void socket.resetAndDestroy(), /broke the connection$/],
    ['sends garbage', ends('garbage\r\n\r\n'), /malformed answer$/],
    ['never ends its header', endless, /sent more than its answer$/],
    [
      'sends more than its consent',
      ends('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'),
      /more than its answer$/,
    ],
    ['consents and hangs up', ends('HTTP/1.1 200 OK\r\n\r\n'), /EOF$/],
    [
      'sends us elsewhere',
      ends('HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\n\r\n'),
      /302 Found$/,
    ],
    [
      'refuses with an escape sequence',
      ends('HTTP/1.1 403 \u001b]0;x\u0007\u009b31mNo\r\n\r\n'),
      /403 +\]0;x 31mNo$/,
    ],
    ['refuses at length', ends(`HTTP/1.1 403 ${'x'.repeat(50_000)}\r\n\r\n`), /403 x{200,300}…$/],
  ])('a proxy that %s is a failure that is reported', async (_, act, message) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => act(socket));
    });
    const { port, stop } = await listen(server);
    running.push({ stop });
    const http = await testClient({
      env: { HTTPS_PROXY: `http://user:secret@127.0.0.1:${port}` },
      limits: { connect: 150, handshake: 150 },
    });
    clients.push(http);
    const error = await failureOf(http.send(get('https://notary.example/x')));
    expect(error).toMatchObject({ code: 'NETWORK', message: expect.stringMatching(message) as string });
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}]|secret/u);
  });
});
