import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Connection,
  type ConnectOptions,
  connect,
} from '../../../../src/adapters/http/notary/connect.ts';
import { defaultLimits } from '../../../../src/adapters/http/transport/limits.ts';
import { parseGun } from '../../../../src/metadata/gun.ts';
import { certificates } from '../../../support/genuine/certificates.ts';
import { freePort } from '../../../support/genuine/notary-server.ts';
import { startRawServer, startServer, type TestServer } from '../../../support/http-rig.ts';
import { memoryClock, memoryLog, scriptedPrompter } from '../../../support/memory-ports.ts';
import { authorityExtensions, issue } from '../../../support/openssl-certificates.ts';
import { failureOf } from '../../../support/refusal.ts';

const gun = parseGun('docker.io/a/b');
const running: { stop(): Promise<void> }[] = [];
const open: Connection[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.close()));
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(handler: Handler, plain = false): Promise<TestServer> {
  const server = await startServer(handler, { plain });
  running.push(server);
  return server;
}

interface Run {
  readonly connection: Connection;
  readonly log: ReturnType<typeof memoryLog>;
  readonly prompter: ReturnType<typeof scriptedPrompter>;
}

interface RunOptions extends Partial<Omit<ConnectOptions, 'prompter' | 'log' | 'limits'>> {
  readonly answers?: readonly string[];
  readonly interactive?: boolean;
  readonly ping?: number;
}

async function start(serverUrl: string, options: RunOptions = {}): Promise<Run> {
  const { answers, interactive, ping, ...more } = options;
  const log = memoryLog();
  const prompter = scriptedPrompter(answers ?? [], interactive ?? false);
  const connection = await connect({
    serverUrl,
    tls: { rootCa: (await certificates()).caCertificate, skipVerify: false },
    env: {},
    prompter,
    log,
    access: 'pull',
    clock: memoryClock(),
    limits: { ...defaultLimits, ping: ping ?? defaultLimits.ping },
    ...more,
  });
  open.push(connection);
  return { connection, log, prompter };
}

const folder = `/v2/${gun}/_trust/tuf`;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('the ping', () => {
  it('the ping shares its connection and its round trip with the first reads', async () => {
    const requests: string[] = [];
    // Nothing is answered before all three requests are there.
    const server = await startRawServer((socket, number) => {
      requests.push(String(number));
      if (number < 3) return;
      for (const body of ['{}', 'root', 'timestamp'])
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    running.push(server);
    const { connection } = await start(server.url);
    const store = connection.remoteStore(gun);
    const bodies = await Promise.all([store.get('root', 100), store.get('timestamp', 100)]);
    expect(bodies.map(text)).toEqual(['root', 'timestamp']);
    expect(server.requests).toEqual(['GET /v2/', `GET ${folder}/root.json`, `GET ${folder}/timestamp.json`]);
    expect(server.connections).toBe(1);
  });

  it('the ping goes ahead of everything that is more than reading', async () => {
    const seen: string[] = [];
    const server = await serve((request, response) => {
      seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
      if (request.url === '/v2/') setTimeout(() => response.end(), 50).ref();
      else response.end();
    });
    const { connection } = await start(server.url, { access: '*' });
    const store = connection.remoteStore(gun);
    await Promise.all([store.getKey('timestamp'), store.publish(new Map()), store.deleteAll()]);
    expect(seen[0]).toBe('GET /v2/');
    expect(seen).toHaveLength(4);
  });

  it('the ping keeps the path of the server and loses the slash at its end', async () => {
    const server = await serve((_, response) => response.end());
    const { connection } = await start(`${server.url}/pre/`);
    await connection.remoteStore(gun).get('root', 10);
    expect(server.requests).toEqual(['GET /pre/v2/', `GET /pre${folder}/root.json`]);
  });

  it('the ping follows redirects', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/v2/') response.writeHead(302, { Location: '/elsewhere' });
      response.end('x');
    });
    const { connection } = await start(server.url);
    expect(text(await connection.remoteStore(gun).get('root', 10))).toBe('x');
  });
});

describe('a server that cannot be reached', () => {
  const offline = { code: 'OFFLINE', message: 'client is offline' };

  async function everythingFails({ connection, log }: Pick<Run, 'connection' | 'log'>): Promise<void> {
    const store = connection.remoteStore(gun);
    expect(await failureOf(store.get('timestamp', 10))).toMatchObject(offline);
    const failure = await failureOf(store.getKey('timestamp'));
    expect(failure).toMatchObject(offline);
    const [message = ''] = log.messages('error');
    expect(message).toMatch(/^could not reach /);
    expect(failure.details['reason']).toBe(message.replace(/^could not reach \S+: /, ''));
    expect(await failureOf(store.rotateKey('timestamp'))).toMatchObject(offline);
    expect(await failureOf(store.publish(new Map()))).toMatchObject(offline);
    expect(await failureOf(store.deleteAll())).toMatchObject(offline);
  }

  it('a server that refuses connections brings one record, and everything is offline', async () => {
    const url = `https://127.0.0.1:${await freePort()}`;
    const { connection, log } = await start(url);
    await everythingFails({ connection, log });
    const [, port = ''] = /:(\d+)$/.exec(url) ?? [];
    expect(log.messages('error')).toEqual([
      `could not reach ${url}: Get "${url}/v2/": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    ]);
    expect(log.messages('info')).toEqual(['continuing in offline mode']);
  });

  it('a server that is not trusted is asked for nothing', async () => {
    const server = await serve((_, response) => response.end());
    const { connection, log } = await start(server.url, { tls: { skipVerify: false } });
    await everythingFails({ connection, log });
    expect(log.messages('error')).toEqual([
      `could not reach ${server.url}: Get "${server.url}/v2/": x509: certificate signed by unknown authority`,
    ]);
    expect(server.requests).toEqual([]);
  });

  it('a server of another CA than the one that is named brings a hint with the file and what named it', async () => {
    const server = await serve((_, response) => response.end());
    const { files } = await issue({ name: 'another authority', extensions: authorityExtensions, days: 1 });
    const other = files.certificate;
    const tls = { skipVerify: false, rootCa: other, rootCaSource: '--tlscacert' };
    const { connection, log } = await start(server.url, { tls });
    await connection.ready();
    expect(log.messages('warn')).toEqual([
      `The server's certificate is not of the CA in ${other}, which --tlscacert names, the only one that is trusted: name the file of the server's own CA there.`,
    ]);
  });

  it.each([301, 403, 404, 500, 503])(
    'a server that answers the ping with %i has its answers to reads thrown away',
    async (status) => {
      const server = await serve((request, response) => {
        if (request.url === '/v2/') response.writeHead(status);
        response.end('{"signed":{}}');
      });
      const { connection, log } = await start(server.url);
      await everythingFails({ connection, log });
      expect(log.messages('error')).toEqual([`could not reach ${server.url}: ${status}`]);
      // Writes were never sent.
      expect(server.requests.every((request) => request.startsWith('GET '))).toBe(true);
    },
  );

  it('a server that answers reads but never the ping is offline', async () => {
    const server = await serve((request, response) => {
      if (request.url !== '/v2/') response.end('x');
    });
    const { connection, log } = await start(server.url, { ping: 1000 });
    await everythingFails({ connection, log });
    expect(log.messages('error')).toEqual([
      `could not reach ${server.url}: Get "${server.url}/v2/": net/http: request canceled (Client.Timeout exceeded while awaiting headers)`,
    ]);
  });

  it('the failed ping is reported before the connection is ready', async () => {
    const { connection, log } = await start(`https://127.0.0.1:${await freePort()}`);
    await connection.ready();
    expect(log.messages('error')).toHaveLength(1);
  });

  it('a server that cannot be reached is named without the password of its URL', async () => {
    const { connection, log } = await start(`https://user:secret@127.0.0.1:${await freePort()}`);
    await connection.ready();
    expect(log.messages('error')[0]).toMatch(
      /^could not reach https:\/\/127\.0\.0\.1:\d+: Get "https:\/\/127/,
    );
  });
});

describe('a server that needs no credentials', () => {
  it('a server that needs no credentials never gets any, even when it asks for them later', async () => {
    const seen: (string | undefined)[] = [];
    const server = await serve((request, response) => {
      seen.push(request.headers.authorization);
      if (request.url !== '/v2/') response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' });
      response.end();
    });
    const { connection, prompter } = await start(server.url, {
      access: 'push,pull',
      env: { NOTARY_AUTH: Buffer.from('u:p').toString('base64') },
    });
    expect(await failureOf(connection.remoteStore(gun).publish(new Map()))).toMatchObject({
      code: 'UNAUTHORIZED',
    });
    expect(seen).toEqual([undefined, undefined]);
    expect(prompter.asked).toEqual([]);
  });
});

it('a configuration that makes no sense fails before anything is sent', async () => {
  const server = await serve((_, response) => response.end());
  const tls = { rootCa: '/nowhere', skipVerify: false };
  expect(await failureOf(start(server.url, { tls }))).toMatchObject({ code: 'TLS_CONFIG_INVALID' });
  expect(server.connections).toBe(0);
});
