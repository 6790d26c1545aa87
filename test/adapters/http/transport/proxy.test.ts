import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { proxyFor } from '../../../../src/adapters/http/transport/proxy.ts';
import type { HttpClient } from '../../../../src/ports/http.ts';
import { listen } from '../../../support/genuine/servers.ts';
import { get, startServer, type TestServer, testClient } from '../../../support/http-rig.ts';
import { failureOf } from '../../../support/refusal.ts';

const chosen = (server: string, env: Record<string, string>): string | undefined =>
  proxyFor(new URL(server), env)?.href;

describe('the proxy for a server', () => {
  const https = 'https://notary.example';

  it('the proxy for a server is that of its scheme, upper case before lower case', () => {
    expect(chosen(https, {})).toBeUndefined();
    expect(
      chosen(https, { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:1', HTTP_PROXY: 'http://r:1' }),
    ).toBe('http://p:1/');
    expect(chosen(https, { https_proxy: 'http://q:1' })).toBe('http://q:1/');
    expect(chosen('http://notary.example', { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'http://r:1' })).toBe(
      'http://r:1/',
    );
    expect(chosen(https, { HTTP_PROXY: 'http://r:1' })).toBeUndefined();
  });

  it('the proxy for a server needs no scheme, and one that makes no sense is never passed by', () => {
    expect(chosen(https, { HTTPS_PROXY: 'proxy.example:3128' })).toBe('http://proxy.example:3128/');
    expect(chosen(https, { HTTPS_PROXY: 'user:pass@proxy.example' })).toBe('http://user:pass@proxy.example/');
    expect(chosen(https, { HTTPS_PROXY: 'socks5://proxy.example:1080' })).toBe('socks5://proxy.example:1080');
    for (const wrong of [
      'http://[',
      'ftp://proxy.example',
      'http:/proxy.example',
      'http://',
      'http://p:x',
      'p q',
    ]) {
      const choose = () => chosen(https, { HTTPS_PROXY: wrong });
      expect(choose).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
      expect(choose).toThrow(/the proxy in HTTPS_PROXY is no URL/);
      expect(chosen(https, { HTTPS_PROXY: wrong, NO_PROXY: 'example' })).toBeUndefined();
    }
    expect(() => chosen(https, { HTTPS_PROXY: 'ftp://user:secret@proxy' })).not.toThrow(/secret/);
  });

  it('the proxy for a server is not taken from a CGI request', () => {
    expect(
      chosen('http://notary.example', { HTTP_PROXY: 'http://evil:1', REQUEST_METHOD: 'GET' }),
    ).toBeUndefined();
    expect(chosen(https, { HTTPS_PROXY: 'http://p:1', REQUEST_METHOD: 'GET' })).toBe('http://p:1/');
  });

  it.each(['https://localhost:4443', 'https://127.0.0.1', 'https://127.8.9.1:1', 'https://[::1]:4443'])(
    'there is no proxy for %s',
    (server) => {
      expect(chosen(server, { HTTPS_PROXY: 'http://p:1' })).toBeUndefined();
    },
  );

  it.each([
    ['*', 'notary.example', true],
    ['notary.example', 'notary.example', true],
    ['NOTARY.example', 'notary.example', true],
    ['example', 'notary.example', true],
    ['ample', 'notary.example', false],
    ['.example', 'notary.example', true],
    ['.notary.example', 'notary.example', false],
    ['*.example', 'notary.example', true],
    ['other.example, notary.example', 'notary.example', true],
    ['notary.example:443', 'notary.example', true],
    ['notary.example:4443', 'notary.example', false],
    ['notary.example:4443', 'notary.example:4443', true],
    [':443', 'notary.example', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.1.2.3:443', '10.1.2.3', true],
    ['10.1.2.3:80', '10.1.2.3', false],
    ['10.0.0.0/8', '10.1.2.3', true],
    ['10.0.0.0/8', '11.1.2.3', false],
    ['10.0.0.0/99', '10.1.2.3', false],
    ['10.0.0.0/8', 'notary.example', false],
    ['fd00::/8', '[fd00::1]', true],
    ['fd00::1', '[fd00::1]:4443', true],
    ['[fd00::1]:4443', '[fd00::1]:4443', true],
    ['[fd00::1]:443', '[fd00::1]:4443', false],
    ['10.0.0.0/8', '[fd00::1]', false],
    ['', 'notary.example', false],
    [',', 'notary.example', false],
  ])('the setting NO_PROXY=%s spares %s: %s', (noProxy, host, spared) => {
    const proxy = chosen(`https://${host}`, { HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy });
    expect(proxy === undefined).toBe(spared);
    expect(chosen(`https://${host}`, { HTTPS_PROXY: 'http://p:1', no_proxy: noProxy })).toBe(proxy);
  });
});

describe('a request through a proxy', () => {
  const running: { stop(): Promise<void> }[] = [];
  const clients: HttpClient[] = [];

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await Promise.all(running.splice(0).map((server) => server.stop()));
  });

  async function client(env: Record<string, string>): Promise<HttpClient> {
    const made = await testClient({ env });
    clients.push(made);
    return made;
  }

  async function server(plain = false): Promise<TestServer> {
    const started = await startServer((_, response) => response.end('behind'), { plain });
    running.push(started);
    return started;
  }

  /** Sends every tunnel to one loopback port, whatever host it is for, and answers http itself. */
  async function proxy(
    to: number,
    status = 'HTTP/1.1 200 Connection established',
  ): Promise<{ url: string; seen: string[] }> {
    const seen: string[] = [];
    const note = (request: IncomingMessage): void =>
      void seen.push(
        [request.method, request.url, request.headers.host, request.headers['proxy-authorization']]
          .join(' ')
          .trim(),
      );
    const http = createHttpServer((request, response) => {
      note(request);
      response.end('from the proxy');
    });
    http.on('connect', (request: IncomingMessage, near: Socket) => {
      note(request);
      near.on('error', () => undefined).write(`${status}\r\n\r\n`);
      const far = connect(to, '127.0.0.1').on('error', () => undefined);
      near.pipe(far).pipe(near);
    });
    const { port, stop } = await listen(http);
    running.push({ stop });
    return { url: `http://127.0.0.1:${port}`, seen };
  }

  it('a request through a proxy goes through a tunnel when it is https', async () => {
    const behind = await server();
    const { url, seen } = await proxy(behind.port);
    const http = await client({ HTTPS_PROXY: url.replace('//', '//user:p%40ss@') });
    const error = await failureOf(http.send(get('https://notary.example:4443/x')));
    expect(seen).toEqual([`CONNECT notary.example:4443 notary.example:4443 Basic ${btoa('user:p@ss')}`]);
    // TLS is with the server, not with the proxy: it checks the server's name.
    expect(error.message).toBe('x509: certificate is valid for localhost, not notary.example');
  });

  it('a request through a proxy reaches the server with one tunnel for all requests', async () => {
    const behind = await server();
    const { url, seen } = await proxy(behind.port);
    const made = await testClient({ env: { HTTPS_PROXY: url }, tls: { skipVerify: true } });
    clients.push(made);
    const responses = await Promise.all(
      ['/1', '/2', '/3'].map((path) => made.send(get(`https://notary.example${path}`))),
    );
    expect(responses.map(({ body }) => Buffer.from(body).toString())).toEqual(['behind', 'behind', 'behind']);
    expect(seen).toEqual(['CONNECT notary.example:443 notary.example:443']);
    expect(behind.requests).toEqual(['GET /1', 'GET /2', 'GET /3']);
  });

  it('a request through a proxy is sent to the proxy itself when it is plain http', async () => {
    const { url, seen } = await proxy(1);
    const http = await client({ HTTP_PROXY: url });
    const response = await http.send(get('http://notary.example/x?y=1'));
    expect(Buffer.from(response.body).toString()).toBe('from the proxy');
    expect(seen).toEqual(['GET http://notary.example/x?y=1 notary.example']);
  });

  it('a request through a proxy fails when the proxy refuses', async () => {
    const { url } = await proxy(1, 'HTTP/1.1 407 Proxy Authentication Required');
    const error = await failureOf((await client({ HTTPS_PROXY: url })).send(get('https://notary.example')));
    expect(error).toMatchObject({
      code: 'NETWORK',
      message:
        'proxyconnect tcp: the proxy refused a tunnel to notary.example:443: 407 Proxy Authentication Required',
    });
  });

  it('a request through a proxy fails when there is no proxy', async () => {
    const error = await failureOf(
      (await client({ HTTPS_PROXY: 'http://127.0.0.1:1' })).send(get('https://notary.example')),
    );
    expect(error).toMatchObject({
      code: 'NETWORK',
      message: 'proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused',
    });
  });

  it('a request through a proxy fails when the proxy speaks another protocol', async () => {
    const error = await failureOf(
      (await client({ HTTPS_PROXY: 'socks5://127.0.0.1:1' })).send(get('https://notary.example')),
    );
    expect(error).toMatchObject({
      code: 'NETWORK',
      message: 'proxyconnect tcp: unsupported proxy scheme socks5',
    });
  });
});
