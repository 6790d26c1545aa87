/** The HTTPS side of a sandbox: what slow, rude, early and many clients get. */

import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect as connectPlain, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCertificates, type ServerCertificates } from '../../src/adapters/sandbox/certificates.ts';
import { type Listener, listen } from '../../src/adapters/sandbox/listener.ts';
import { NotaryError } from '../../src/errors.ts';
import type { ServerReply, ServerRequest } from '../../src/server/http/messages.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { memoryLog, seededRandom } from '../support/memory-ports.ts';
import { refusal } from '../support/refusal.ts';

const pause = (milliseconds: number) => new Promise((resolve) => void setTimeout(resolve, milliseconds));
const ok = (text: string): ServerReply => ({ status: 200, headers: {}, body: Buffer.from(text) });

let folder: string;
let certificates: ServerCertificates;
let ca: Buffer;
beforeAll(() => {
  folder = makeScratch();
  certificates = openCertificates(folder, { now: new Date(), random: seededRandom(), log: memoryLog() });
  ca = readFileSync(certificates.ca);
});
afterAll(() => removeScratch(folder));

let log: ReturnType<typeof memoryLog>;
let asked: ServerRequest[];
let answer: (request: ServerRequest) => Promise<ServerReply>;
let listener: Listener;
beforeEach(async () => {
  log = memoryLog();
  asked = [];
  answer = async ({ path }) => ok(path);
  listener = await open(0);
});
afterEach(() => listener.close(0));

function open(port: number): Promise<Listener> {
  return listen({
    ...{ tls: certificates.server, port, log },
    answer: (one) => {
      asked.push(one);
      return answer(one);
    },
  });
}

async function socket(host = '127.0.0.1'): Promise<TLSSocket> {
  const opened = connect({ host, port: listener.port, ca, servername: 'localhost' });
  await new Promise((resolve, reject) => {
    opened.once('secureConnect', resolve);
    opened.once('error', reject);
  });
  opened.on('error', () => undefined);
  return opened;
}

/** All that a connection gives until it is closed. */
function rest(opened: TLSSocket): Promise<string> {
  let text = '';
  opened.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve) => opened.once('close', () => resolve(text)));
}

function get(path: string, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      host: 'localhost',
      port: listener.port,
      path,
      ca,
      ...(agent !== undefined && { agent }),
    };
    const outgoing = request(options, (incoming) => {
      let text = '';
      incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
      incoming.once('end', () => resolve(text));
      incoming.once('error', reject);
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}

describe('the listener of a sandbox', () => {
  it('the listener of a sandbox is reached over both addresses of loopback, and over no other of this machine', async () => {
    for (const host of ['127.0.0.1', '::1']) (await socket(host)).destroy();
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0);
    for (const { address } of others) {
      await expect(
        new Promise((resolve, reject) => {
          const tried = connectPlain({ host: address, port: listener.port }, () => resolve('connected'));
          tried.once('error', reject);
        }),
      ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    }
  });

  it('the listener of a sandbox answers requests of one connection in their order, also those that come before an answer', async () => {
    answer = async ({ path }) => {
      if (path === '/slow') await pause(60);
      return ok(path);
    };
    const opened = await socket();
    opened.write(
      ['/slow', '/quick', '/last'].map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''),
    );
    await pause(120);
    opened.end();
    const paths = [...(await rest(opened)).matchAll(/\r\n\r\n(\/[a-z]+)/g)].map(([, path]) => path);
    expect(paths).toEqual(['/slow', '/quick', '/last']);
  });

  it('the listener of a sandbox keeps a connection open for the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const path of ['/one', '/two', '/three']) expect(await get(path, agent)).toBe(path);
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
    agent.destroy();
  });

  it.each([
    ['Host: evil.example', 421],
    ['Host: localhost.evil.example', 421],
    ['Host: 127.0.0.1.evil.example:4443', 421],
    ['Host: evil.example\r\nOrigin: https://evil.example', 421],
    ['Host: localhost\r\nOrigin: https://evil.example', 403],
    ['Host: localhost:4443\r\nOrigin: http://localhost:4443', 403],
    ['Host: localhost:4443\r\nOrigin: https://localhost:9999', 403],
    ['Host: localhost\r\nOrigin: null', 403],
    ['Host: LOCALHOST:4443', 200],
    ['Host: 127.0.0.1:4443', 200],
    ['Host: [::1]:4443', 200],
    ['Host: localhost:4443\r\nOrigin: https://localhost:4443', 200],
  ])(
    'the listener of a sandbox answers what was meant for it, and no page of another site: %s',
    async (head, status) => {
      const opened = await socket();
      opened.write(`DELETE /v2/a/_trust/tuf/ HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`);
      expect(await rest(opened)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(asked).toHaveLength(status === 200 ? 1 : 0);
    },
  );

  it('the listener of a sandbox does not wait for the body of a request of another site', async () => {
    const opened = await socket();
    opened.write('POST /v2/a/_trust/tuf/ HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n');
    opened.write('Content-Length: 100\r\n\r\n');
    expect(await rest(opened)).toMatch(/^HTTP\/1.1 403 /);
  });

  it('the listener of a sandbox takes a target that names scheme and host', async () => {
    const opened = await socket();
    opened.write('GET https://localhost/v2/?a=b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await rest(opened)).toMatch(/\/v2\/\?a=b$/);
  });

  it.each([
    [
      'closes in the middle of the headers',
      'POST /v2/x/_trust/tuf/ HTTP/1.1\r\nHost: localhost\r\nContent-Le',
    ],
    [
      'closes in the middle of the body',
      'POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf',
    ],
    ['speaks no HTTP', 'hello?\r\n\r\n'],
    [
      'sends a body in broken chunks',
      'POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ],
  ])('the listener of a sandbox goes on when a client %s, and has seen no request', async (_, text) => {
    const opened = await socket();
    opened.write(text);
    await pause(20);
    opened.destroy();
    expect(await get('/after')).toBe('/after');
    expect(asked.map(({ path }) => path)).toEqual(['/after']);
    expect(log.messages('error')).toEqual([]);
  });

  it('the listener of a sandbox goes on when a client speaks no TLS, or says nothing at all', async () => {
    const silent = connectPlain({ host: '127.0.0.1', port: listener.port });
    const plain = connectPlain({ host: '127.0.0.1', port: listener.port });
    plain.write('GET / HTTP/1.1\r\n\r\n');
    plain.on('error', () => undefined);
    await pause(20);
    expect(await get('/after')).toBe('/after');
    await listener.close(0);
    silent.destroy();
  });

  it('the listener of a sandbox goes on when a client does not wait for its answer', async () => {
    answer = async ({ path }) => {
      await pause(40);
      return ok(path.repeat(100_000));
    };
    const opened = await socket();
    opened.write('GET /gone HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await pause(10);
    opened.destroy();
    await pause(60);
    answer = async ({ path }) => ok(path);
    expect(await get('/after')).toBe('/after');
    expect(log.messages('error')).toEqual([]);
  });

  it('the listener of a sandbox gives a slow client the time it takes', async () => {
    const opened = await socket();
    for (const part of [
      'POST /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n',
      'Content-Length: 4\r\n\r\n',
      'ab',
      'cd',
    ]) {
      opened.write(part);
      await pause(15);
    }
    expect(await rest(opened)).toContain('200 OK');
    expect(Buffer.from(asked[0]?.body ?? '').toString()).toBe('abcd');
  });

  it('the listener of a sandbox refuses a body that is too long before it has come', async () => {
    const opened = await socket();
    opened.write(`POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${2 ** 40}\r\n\r\n`);
    expect(await rest(opened)).toMatch(/^HTTP\/1\.1 413 /);
    expect(asked).toEqual([]);
  });

  it.each([
    [
      'a store that fails',
      new NotaryError('FILE_UNWRITABLE', 'write x: no space left on device'),
      'FILE_UNWRITABLE',
    ],
    ['a defect', new TypeError('x is not a function'), undefined],
  ])('the listener of a sandbox answers 500 for %s, and records why', async (_, error, code) => {
    answer = () => Promise.reject(error);
    expect(await get('/v2/')).toContain('"code":"UNKNOWN"');
    expect(log.records.filter(({ level }) => level === 'error')).toMatchObject([
      { message: expect.stringContaining(error.message) as string, ...(code !== undefined && { code }) },
    ]);
  });

  it('the listener of a sandbox answers what has been asked before it closes, and takes nothing more', async () => {
    answer = async ({ path }) => {
      await pause(60);
      return ok(path);
    };
    const answered = get('/last');
    const idle = rest(await socket());
    await pause(20);
    const closed = listener.close(60_000);
    // Who has asked nothing is not waited for.
    expect(await idle).toBe('');
    expect(await answered).toBe('/last');
    await closed;
    await expect(get('/late')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('the listener of a sandbox closes on time when a request does not end', async () => {
    answer = () => new Promise(() => undefined);
    const hanging = get('/never').catch((error: unknown) => error);
    await pause(20);
    await listener.close(30);
    expect(await hanging).toMatchObject({ code: 'ECONNRESET' });
  });

  it.each(['127.0.0.1', '::1'])(
    'the listener of a sandbox names the port that another process has on %s',
    async (host) => {
      const other = createServer();
      const port = await new Promise<number>((resolve) => {
        other.listen({ host, port: 0 }, () => {
          const address = other.address();
          resolve(typeof address === 'object' && address !== null ? address.port : 0);
        });
      });
      await expect(open(port)).rejects.toThrow(
        refusal('PORT_TAKEN', `another program listens on port ${port} of ${host}`),
      );
      await new Promise((resolve) => other.close(resolve));
      // Nothing of the refused one is left.
      await (await open(port)).close(0);
    },
  );
});
