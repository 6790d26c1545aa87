/** Registries that break HTTP, keep the client waiting or never end; the limits of time are short here, and are the only clock. */

import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { answer, startRawServer, type TestServer } from '../../support/http-rig.ts';
import { failureOf } from '../../support/refusal.ts';
import {
  endRegistries,
  keep,
  manifestText,
  ociImage,
  openClient,
  refuse,
  serveManifest,
  startRegistry,
} from '../../support/registry-rig.ts';

afterEach(endRegistries);

const type = `Content-Type: ${ociImage}\r\n`;
const text = manifestText();

/** A registry that answers the first question, and then does to the socket what the test wants. */
async function raw(act: (socket: Socket) => void) {
  const server: TestServer = keep(
    await startRawServer((socket) => {
      if (server.requests.at(-1) === 'GET /v2/') socket.write(answer('{}'));
      else act(socket);
    }),
  );
  return `localhost:${server.port}`;
}

/** Bytes that the servers of a test have handed over without an end. */
let handedOver = 0;

/** Writes pieces until the client has gone. */
function endlessly(socket: Socket, piece: string, every = 0): void {
  const count = (error?: Error | null): void => {
    handedOver += error ? 0 : piece.length;
  };
  const timer = setInterval(() => socket.write(piece, count), every);
  socket.once('close', () => clearInterval(timer));
}

/** For registries that the client has to give up; the others get the usual time. */
const quick = { limits: { headers: 1000, idle: 1000, speedWindow: 1000 } };

describe('a registry that misbehaves', () => {
  it.each<[string, (socket: Socket) => void, string, RegExp]>([
    ['hangs up', (socket) => void socket.end(), 'REGISTRY_UNREACHABLE', /EOF/],
    ['resets the connection', (socket) => void socket.destroy(), 'REGISTRY_UNREACHABLE', /EOF|reset/],
    [
      'sends no HTTP',
      (socket) => void socket.end('220 ftp\r\n\r\n'),
      'REGISTRY_UNREACHABLE',
      /malformed HTTP response/,
    ],
    ['says nothing', () => undefined, 'REGISTRY_UNREACHABLE', /timeout awaiting response headers/],
    [
      'stops in the middle',
      (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${type}Content-Length: 5000\r\n\r\n{`),
      'REGISTRY_UNREACHABLE',
      /stopped sending|bytes per second/,
    ],
    [
      'sends drop by drop',
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${type}Content-Length: 5000\r\n\r\n`);
        endlessly(socket, ' ', 20);
      },
      'REGISTRY_UNREACHABLE',
      /less than 1024 bytes per second|stopped sending/,
    ],
    [
      'sends less than it announces',
      (socket) => void socket.end(`HTTP/1.1 200 OK\r\n${type}Content-Length: 5000\r\n\r\n${text}`),
      'REGISTRY_UNREACHABLE',
      /unexpected EOF/,
    ],
    [
      'announces 9 GB',
      (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${type}Content-Length: 9000000000\r\n\r\n`),
      'REGISTRY_INVALID',
      /more than a manifest can be, 4 MiB/,
    ],
    [
      'does not end',
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${type}Transfer-Encoding: chunked\r\n\r\n`);
        endlessly(socket, `10000\r\n${' '.repeat(65_536)}\r\n`);
      },
      'REGISTRY_INVALID',
      /more than a manifest can be, 4 MiB/,
    ],
    [
      'does not end its header',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        endlessly(socket, `X-A: ${'a'.repeat(1000)}\r\n`);
      },
      'REGISTRY_UNREACHABLE',
      /headers exceeded the limit/,
    ],
  ])('a registry that %s is reported as such', async (does, act, code, reason) => {
    const domain = await raw(act);
    const { read } = await openClient(/nothing|stops|drop/.test(does) ? quick : {});
    const failure = await failureOf(read(domain));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(reason);
    expect(failure.message).toContain(`the registry ${domain}`);
  });

  it('a registry that does not end is read no further than a manifest can reach', async () => {
    handedOver = 0;
    const domain = await raw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${type}Transfer-Encoding: chunked\r\n\r\n`);
      endlessly(socket, `10000\r\n${' '.repeat(65_536)}\r\n`);
    });
    const { read } = await openClient();
    expect((await failureOf(read(domain))).code).toBe('REGISTRY_INVALID');
    await endRegistries();
    // What is on its way when the client hangs up is more than it has read.
    expect(handedOver).toBeGreaterThan(4 * 1024 * 1024);
    expect(handedOver).toBeLessThan(64 * 1024 * 1024);
  });

  it('a registry that sends without a pause and takes for ever is given up after the time for one manifest', async () => {
    const domain = await raw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${type}Transfer-Encoding: chunked\r\n\r\n`);
      endlessly(socket, `400\r\n${' '.repeat(1024)}\r\n`, 20);
    });
    const { read } = await openClient({ manifestTimeout: 1000 });
    expect(await failureOf(read(domain))).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('Client.Timeout exceeded') as string,
    });
  });

  it('a registry that has kept the client waiting once is not waited for again', async () => {
    const { domain, asked } = await startRegistry(() => undefined);
    const { read } = await openClient(quick);
    const failures = await Promise.all([failureOf(read(domain)), failureOf(read(domain, '2'))]);
    expect((await failureOf(read(domain, '3'))).code).toBe('REGISTRY_UNREACHABLE');
    expect(failures.map(({ code }) => code)).toEqual(['REGISTRY_UNREACHABLE', 'REGISTRY_UNREACHABLE']);
    expect(asked.length).toBeLessThan(3);
  });

  it('a bomb is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
    const { domain } = await startRegistry((response) => {
      response.writeHead(200, { 'Content-Type': ociImage, 'Content-Encoding': 'gzip' }).end(bomb);
    });
    const { read } = await openClient();
    expect(await failureOf(read(domain))).toMatchObject({
      code: 'REGISTRY_INVALID',
      message: `the registry ${domain} sends its manifest as gzip (${domain}/a/b:1)`,
    });
  });

  it('a failure of one request leaves the others on the same connection as they are', async () => {
    const { domain } = await startRegistry((response, request) => {
      if (request.url?.endsWith('/bad') === true) refuse(response, 404, 'MANIFEST_UNKNOWN');
      else if (request.url?.endsWith('/huge') === true) serveManifest(response, ' '.repeat(5 * 1024 * 1024));
      else serveManifest(response, text);
    });
    const { read } = await openClient();
    const settled = await Promise.allSettled(
      ['1', 'bad', '2', 'huge', '3', '4'].map((tag) => read(domain, tag)),
    );
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
  });
});
