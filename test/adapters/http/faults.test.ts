import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpClient } from '../../../src/ports/http.ts';
import { freePort } from '../../support/genuine/notary-server.ts';
import { listen } from '../../support/genuine/servers.ts';
import {
  answer,
  get,
  startRawServer,
  startServer,
  type TestClientOptions,
  type TestServer,
  testClient,
} from '../../support/http-rig.ts';
import { failureOf } from '../../support/refusal.ts';

const running: { stop(): Promise<void> }[] = [];
const clients: HttpClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function serve<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  running.push(server);
  return server;
}

async function client(options?: TestClientOptions): Promise<HttpClient> {
  const made = await testClient(options);
  clients.push(made);
  return made;
}

/** A server below TLS. */
async function serveTcp(server: Server): Promise<{ url: string }> {
  const { port } = await serve(listen(server));
  return { url: `https://127.0.0.1:${port}` };
}

const failing = async (server: { url: string }, options?: TestClientOptions, limit = 100_000) =>
  failureOf((await client(options)).send(get(server.url, { limit })));

describe('a body that is too long', () => {
  const tooLong = { code: 'MALICIOUS_SERVER', message: 'trust server returned a bad response.' };

  it('a body that is too long is refused by its announced length, before it comes', async () => {
    const server = await serve(
      startRawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n')),
    );
    expect(await failing(server)).toMatchObject(tooLong);
  });

  it('a body that is too long is refused when one byte more than the limit is announced', async () => {
    const server = await serve(startRawServer((socket) => socket.write(answer('12345'))));
    expect(await failing(server, {}, 4)).toMatchObject(tooLong);
    expect(Buffer.from((await (await client()).send(get(server.url, { limit: 5 }))).body).toString()).toBe(
      '12345',
    );
  });

  it('a body that is too long is refused as soon as it passes the limit when no length is announced', async () => {
    let sent = 0;
    const server = await serve(
      startServer((_, response) => {
        const more = (): void => {
          for (let going = true; going && !response.destroyed; sent += 65_536)
            going = response.write(Buffer.alloc(65_536));
        };
        response.on('drain', more);
        more();
      }),
    );
    expect(await failing(server)).toMatchObject(tooLong);
    // No more than what the buffers on the way hold.
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('a body that is too long does not harm the other requests on its connection', async () => {
    const server = await serve(
      startServer((request, response) => response.end(request.url === '/long' ? 'much too long' : 'ok')),
    );
    const http = await client();
    const [long, ...short] = await Promise.allSettled(
      ['/long', '/1', '/2', '/3'].map((path) => http.send(get(server.url + path, { limit: 5 }))),
    );
    expect(long).toMatchObject({ status: 'rejected', reason: tooLong });
    expect(short.map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });

  it('a body that is too long is cut when it explains a failure', async () => {
    const server = await serve(
      startServer((_, response) => response.writeHead(503).end('x'.repeat(10_000_000))),
    );
    const response = await (await client()).send(get(server.url, { limit: 10 }));
    expect(response.status).toBe(503);
    expect(response.body.length).toBeLessThan(200_000);
  });
});

describe('a server that keeps us waiting', () => {
  it('the client gives up on a server that accepts no TLS', async () => {
    const server = await serveTcp(createServer((socket) => void socket.on('error', () => undefined)));
    expect(await failing(server, { limits: { handshake: 50 } })).toMatchObject({
      code: 'NETWORK',
      message: 'net/http: TLS handshake timeout',
    });
  });

  it('the client gives up on a server that answers nothing', async () => {
    const server = await serve(startRawServer(() => undefined));
    expect(await failing(server, { limits: { headers: 50 } })).toMatchObject({
      code: 'NETWORK',
      message: 'net/http: timeout awaiting response headers',
    });
  });

  it('the client gives up on a header that comes drop by drop', async () => {
    const server = await serve(
      startRawServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nX: ');
        const timer = setInterval(() => socket.write('x'), 10);
        socket.on('close', () => clearInterval(timer));
      }),
    );
    expect(await failing(server, { limits: { headers: 100 } })).toMatchObject({
      message: 'net/http: timeout awaiting response headers',
    });
  });

  it('the client gives up on interim responses without end', async () => {
    const server = await serve(
      startRawServer((socket) => {
        const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 10);
        socket.on('close', () => clearInterval(timer));
      }),
    );
    expect(await failing(server, { limits: { headers: 5000 } })).toMatchObject({
      message: 'too many 1xx informational responses',
    });
  });

  it('the client gives up on a body that stops', async () => {
    const server = await serve(
      startRawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')),
    );
    expect(await failing(server, { limits: { idle: 50 } })).toMatchObject({
      message: 'the server stopped sending',
    });
  });

  it('the client gives up on a body that comes drop by drop', async () => {
    const server = await serve(
      startServer((_, response) => {
        const timer = setInterval(() => response.write('x'), 10);
        response.on('close', () => clearInterval(timer));
      }),
    );
    expect(
      await failing(server, { limits: { idle: 5000, speedWindow: 100, speedFloor: 1024 } }),
    ).toMatchObject({
      message: 'the server sends less than 1024 bytes per second',
    });
  });

  it('the client gives up on a server that does not read what is sent', async () => {
    const server = await serve(
      startRawServer((socket) => {
        socket.pause();
      }),
    );
    const http = await client({ limits: { idle: 100, headers: 100 } });
    const body = Buffer.alloc(16 * 1024 * 1024);
    const error = await failureOf(http.send({ method: 'POST', url: server.url, body, limit: 10 }));
    expect(error).toMatchObject({ code: 'NETWORK', message: 'the server stopped reading' });
  });

  it('the client gives up on a request after the time of the whole request', async () => {
    const server = await serve(startRawServer(() => undefined));
    const http = await client();
    expect(await failureOf(http.send(get(server.url, { timeout: 1000 })))).toMatchObject({
      message: 'net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
    });
  });

  it('the client gives up on connecting after the time of the whole request', async () => {
    const server = await serveTcp(createServer((socket) => void socket.on('error', () => undefined)));
    const http = await client();
    expect(await failureOf(http.send(get(server.url, { timeout: 50 })))).toMatchObject({
      message: 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    });
  });

  it('the client does not wait again for a server that it gave up on, in requests under way or to come', async () => {
    const server = await serve(startRawServer(() => undefined));
    const http = await client({ limits: { headers: 50 } });
    const all = await Promise.allSettled([1, 2, 3].map((n) => http.send(get(`${server.url}/${n}`))));
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await failureOf(http.send(get(server.url)))).toMatchObject({
      message: 'net/http: timeout awaiting response headers',
    });
    expect(server.connections).toBe(1);
  });
});

describe('a server that talks nonsense', () => {
  const broken = 'net/http: HTTP/1.x transport connection broken: malformed HTTP response';

  it.each([
    ['no HTTP at all', 'GARBAGE\r\n\r\n'],
    ['a status that is no number', 'HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nBad Header\r\n\r\n'],
    ['two different lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ])('a server that talks nonsense is refused: %s', async (_, bytes) => {
    const server = await serve(startRawServer((socket) => socket.end(bytes)));
    expect(await failing(server)).toMatchObject({ code: 'NETWORK', message: broken });
  });

  it('a server that speaks before it is asked is refused', async () => {
    const server = await serve(
      startRawServer((socket, number) => {
        if (number === 1) socket.write(answer('one') + answer('two'));
      }),
    );
    const http = await client();
    expect(Buffer.from((await http.send(get(server.url))).body).toString()).toBe('one');
    // The surplus answer is not taken for the answer to the next request.
    const next = await http.send(get(server.url)).then(
      ({ body }) => Buffer.from(body).toString(),
      () => 'failed',
    );
    expect(next).not.toBe('two');
  });

  it('a server whose header never ends is refused', async () => {
    const server = await serve(
      startRawServer((socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`)),
    );
    expect(await failing(server)).toMatchObject({
      message: 'net/http: server response headers exceeded the limit; aborted',
    });
  });
});

describe('a server that is not there', () => {
  it('a server that refuses the connection is reported as such', async () => {
    const port = await freePort();
    expect(await failing({ url: `https://127.0.0.1:${port}` })).toMatchObject({
      code: 'NETWORK',
      message: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
      details: { host: `127.0.0.1:${port}` },
    });
  });

  it('a server whose name is unknown is reported as such', async () => {
    expect(await failing({ url: 'https://tsnotary.invalid' })).toMatchObject({
      code: 'NETWORK',
      message: expect.stringMatching(/^dial tcp: lookup tsnotary\.invalid: /) as string,
    });
  });

  it('a server that closes during the handshake is reported as such', async () => {
    const server = await serveTcp(createServer((socket) => socket.on('error', () => undefined).end()));
    expect(await failing(server)).toMatchObject({ code: 'NETWORK', message: 'EOF' });
  });

  it('a server that resets the connection is reported as such', async () => {
    const server = await serve(startServer((request) => request.socket.resetAndDestroy(), { plain: true }));
    expect(await failing(server)).toMatchObject({
      code: 'NETWORK',
      message: expect.stringMatching(/^read tcp .+->.+: read: connection reset by peer$/) as string,
    });
  });

  it('a connection that the server closed is distinguished from one that the client closed', async () => {
    const server: TestServer = await serve(startRawServer(() => undefined));
    const http = await client();
    const pending = failureOf(http.send(get(server.url)));
    await http.close();
    expect(await pending).toMatchObject({ code: 'NETWORK', message: 'the connection is closed' });
    expect(await failureOf(http.send(get(server.url)))).toMatchObject({
      message: 'the connection is closed',
    });
  });

  it('a server is let go of at once while the client is still connecting', async () => {
    let reached: () => void = () => undefined;
    const arrival = new Promise<void>((resolve) => (reached = resolve));
    let left: () => void = () => undefined;
    const departure = new Promise<void>((resolve) => (left = resolve));
    const server = await serveTcp(
      createServer((socket) => {
        socket.on('error', () => undefined).on('close', left);
        socket.on('data', reached);
      }),
    );
    const http = await client({ limits: { handshake: 600_000 } });
    const pending = failureOf(http.send(get(server.url)));
    await arrival;
    await http.close();
    await departure;
    expect(await pending).toMatchObject({ message: 'the connection is closed' });
  });
});
