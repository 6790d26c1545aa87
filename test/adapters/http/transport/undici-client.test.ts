import { afterEach, describe, expect, it } from 'vitest';
import type { HttpClient } from '../../../../src/ports/http.ts';
import {
  answer,
  get,
  startRawServer,
  startServer,
  type TestClientOptions,
  type TestServer,
  testClient,
} from '../../../support/http-rig.ts';
import { failureOf } from '../../../support/refusal.ts';

const running: { stop(): Promise<void> }[] = [];
const clients: HttpClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function serve(starting: Promise<TestServer>): Promise<TestServer> {
  const server = await starting;
  running.push(server);
  return server;
}

async function client(options?: TestClientOptions): Promise<HttpClient> {
  const made = await testClient(options);
  clients.push(made);
  return made;
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe('one connection per server', () => {
  it('the client sends 21 reads on one connection without waiting for answers', async () => {
    const waiting: (() => void)[] = [];
    // Answers nothing before all requests have arrived: a client that waits would wait for ever.
    const server = await serve(
      startRawServer((socket, number) => {
        waiting.push(() => socket.write(answer(`body ${number}`)));
        if (waiting.length === 21) for (const reply of waiting) reply();
      }),
    );
    const http = await client();
    const responses = await Promise.all(numbers(21).map((n) => http.send(get(`${server.url}/${n}`))));
    expect(responses.map(({ body }) => Buffer.from(body).toString())).toEqual(
      numbers(21).map((n) => `body ${n + 1}`),
    );
    expect(server.requests).toEqual(numbers(21).map((n) => `GET /${n}`));
    expect(server.connections).toBe(1);
  });

  it('the client uses the connection again for later requests, writes included', async () => {
    const server = await serve(startServer((_, response) => response.end('x')));
    const http = await client();
    await http.send(get(`${server.url}/a`));
    await http.send({ method: 'POST', url: `${server.url}/b`, body: Buffer.from('body'), limit: 10 });
    await http.send({ method: 'DELETE', url: `${server.url}/c`, limit: 10 });
    await http.send(get(`${server.url}/d`));
    expect(server.connections).toBe(1);
    expect(server.requests).toEqual(['GET /a', 'POST /b', 'DELETE /c', 'GET /d']);
  });

  it('the client gives every header field in lower case with all its values, and the body as it came', async () => {
    const server = await serve(
      startServer((_, response) => {
        response.writeHead(200, {
          'X-One': '1',
          'WWW-Authenticate': ['Basic', 'Bearer'],
          'Content-Encoding': 'gzip',
        });
        response.end('not inflated');
      }),
    );
    const response = await (await client()).send(get(server.url));
    expect(response.headers['x-one']).toEqual(['1']);
    expect(response.headers['www-authenticate']).toEqual(['Basic', 'Bearer']);
    expect(Buffer.from(response.body).toString()).toBe('not inflated');
  });

  it('the client asks for no compression', async () => {
    const seen: unknown[] = [];
    const server = await serve(
      startServer((request, response) => {
        seen.push(request.headers['accept-encoding'], request.httpVersion);
        response.end();
      }),
    );
    await (await client()).send(get(server.url));
    expect(seen).toEqual([undefined, '1.1']);
  });

  it('the client keeps writes out of the pipeline', async () => {
    let open = 0;
    const together: number[] = [];
    const server = await serve(
      startServer((_, response) => {
        together.push(++open);
        setTimeout(() => {
          open--;
          response.end('x');
        }, 20);
      }),
    );
    const http = await client();
    const write = (path: string) => http.send({ method: 'POST', url: server.url + path, limit: 10 });
    await Promise.all([
      http.send(get(`${server.url}/1`)),
      write('/2'),
      write('/3'),
      http.send(get(`${server.url}/4`)),
    ]);
    expect(server.requests).toEqual(['GET /1', 'POST /2', 'POST /3', 'GET /4']);
    expect(together).toEqual([1, 1, 1, 1]);
  });

  it('the client sends an upload of a megabyte whole', async () => {
    const body = Buffer.alloc(1024 * 1024, 'abc');
    let received = Buffer.alloc(0);
    let length: string | undefined;
    const server = await serve(
      startServer((request, response) => {
        length = request.headers['content-length'];
        request.on('data', (chunk: Buffer) => (received = Buffer.concat([received, chunk])));
        request.on('end', () => response.end());
      }),
    );
    await (await client()).send({ method: 'POST', url: server.url, body, limit: 10 });
    expect(length).toBe(String(body.length));
    expect(received.equals(body)).toBe(true);
  });
});

describe('a server that closes connections', () => {
  it('the server gets the unanswered reads again on a new connection when it announces that it closes', async () => {
    const server = await serve(
      startServer((_, response) => response.setHeader('Connection', 'close').end('x')),
    );
    const http = await client();
    const responses = await Promise.all(numbers(5).map((n) => http.send(get(`${server.url}/${n}`))));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    // It answers one request a connection, and soon is asked no more than that.
    expect(server.connections).toBe(5);
    expect(server.requests.length).toBeLessThanOrEqual(5 + 4);
  });

  it('the server gets the unanswered reads again when it just closes', async () => {
    const server = await serve(
      startRawServer((socket, number, connection) => {
        if (connection > 1 || number <= 3) socket.write(answer('x'));
        else socket.destroy();
      }),
    );
    const http = await client();
    const responses = await Promise.all(numbers(21).map((n) => http.send(get(`${server.url}/${n}`))));
    expect(responses).toHaveLength(21);
    expect(server.connections).toBe(2);
    expect(new Set(server.requests).size).toBe(21);
  });

  it.each([1, 3])(
    'the server gets every read in the end when it closes after %i answers, over and over',
    async (most) => {
      const server = await serve(
        startRawServer((socket, number) => {
          if (number > most) socket.destroy();
          else socket.write(answer('x'));
        }),
      );
      const http = await client();
      const responses = await Promise.all(numbers(12).map((n) => http.send(get(`${server.url}/${n}`))));
      expect(responses.map(({ status }) => status)).toEqual(numbers(12).map(() => 200));
    },
  );

  it('a server that closes at certain reads fails those, and none of the reads sent along with them', async () => {
    const server = await serve(
      startRawServer((socket) => {
        const path = server.requests.at(-1) ?? '';
        if (path.includes('bad')) socket.destroy();
        else setTimeout(() => socket.write(answer('x')), 5);
      }),
    );
    const http = await client();
    const outcomes = await Promise.allSettled(
      numbers(24).map((n) => http.send(get(`${server.url}/${n % 5 === 2 ? 'bad' : 'good'}/${n}`))),
    );
    const failed = outcomes.flatMap(({ status }, index) =>
      status === 'rejected' ? [numbers(24)[index]] : [],
    );
    expect(failed).toEqual(numbers(24).filter((n) => n % 5 === 2));
  });

  it('the client gives up on a server that closes without an answer twice', async () => {
    const server = await serve(startRawServer((socket) => socket.destroy()));
    const error = await failureOf((await client()).send(get(server.url)));
    expect(error).toMatchObject({ code: 'NETWORK', message: 'EOF' });
    expect(server.connections).toBe(2);
  });

  it('the server never gets a write twice', async () => {
    const server = await serve(startRawServer((socket) => socket.destroy()));
    const error = await failureOf((await client()).send({ method: 'POST', url: server.url, limit: 10 }));
    expect(error).toMatchObject({ code: 'NETWORK', message: 'EOF' });
    expect(server.requests).toEqual(['POST /']);
  });

  it('the server gets a later write on a new connection when it has closed the idle one', async () => {
    let closed: () => void = () => undefined;
    const idleOver = new Promise<void>((resolve) => (closed = resolve));
    const server = await serve(
      startRawServer((socket) => {
        socket.on('close', closed);
        socket.end(answer('x'));
      }),
    );
    const http = await client();
    await http.send(get(server.url));
    await idleOver;
    expect((await http.send({ method: 'POST', url: server.url, limit: 10 })).status).toBe(200);
    expect(server.requests).toEqual(['GET /', 'POST /']);
  });

  it('the client does not ask again once an answer has begun', async () => {
    const server = await serve(
      startRawServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')),
    );
    const error = await failureOf((await client()).send(get(server.url)));
    expect(error).toMatchObject({ code: 'NETWORK', message: 'unexpected EOF' });
    expect(server.requests).toEqual(['GET /']);
  });
});

describe('redirects', () => {
  it('redirects are not followed unless asked for', async () => {
    const server = await serve(
      startServer((_, response) => response.writeHead(301, { Location: '/other' }).end()),
    );
    expect((await (await client()).send(get(`${server.url}/one`))).status).toBe(301);
    expect(server.requests).toEqual(['GET /one']);
  });

  it('redirects are followed when asked for, and the answer says where it came from', async () => {
    const server = await serve(
      startServer((request, response) => {
        if (request.url === '/two') response.end('there');
        else response.writeHead(302, { Location: '/two' }).end();
      }),
    );
    const response = await (await client()).send(get(`${server.url}/one`, { followRedirects: true }));
    expect(response).toMatchObject({ status: 200, url: `${server.url}/two` });
  });

  it('redirects never carry credentials to another server', async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve(
      startServer((request, response) => {
        seen.push(request.headers.authorization);
        response.end();
      }),
    );
    const server = await serve(
      startServer((request, response) => {
        seen.push(request.headers.authorization);
        const to = request.url === '/one' ? '/two' : other.url;
        response.writeHead(307, { Location: to }).end();
      }),
    );
    const request = get(`${server.url}/one`, {
      followRedirects: true,
      headers: { authorization: 'Basic c2VjcmV0' },
    });
    await (await client()).send(request);
    expect(seen).toEqual(['Basic c2VjcmV0', 'Basic c2VjcmV0', undefined]);
  });

  it('redirects never lead from https to http', async () => {
    const plain = await serve(startServer((_, response) => response.end(), { plain: true }));
    const server = await serve(
      startServer((_, response) => response.writeHead(302, { Location: plain.url }).end()),
    );
    const error = await failureOf((await client()).send(get(server.url, { followRedirects: true })));
    expect(error).toMatchObject({
      code: 'NETWORK',
      message: `the server redirects from https to plain http (localhost:${plain.port})`,
    });
    expect(plain.requests).toEqual([]);
  });

  it('redirects end after ten', async () => {
    const server = await serve(
      startServer((_, response) => response.writeHead(302, { Location: '/' }).end()),
    );
    const error = await failureOf((await client()).send(get(server.url, { followRedirects: true })));
    expect(error).toMatchObject({ code: 'NETWORK', message: 'stopped after 10 redirects' });
    expect(server.requests).toHaveLength(10);
  });
});
