/** What can go wrong before a request is sent, between requests, and while an upload is under way. */

import { spawn } from 'node:child_process';
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { NetworkLimits } from '../../../src/adapters/http/transport/limits.ts';
import { isNotaryError } from '../../../src/errors.ts';
import { freePort } from '../../support/genuine/notary-server.ts';
import { adopt, stopChild } from '../../support/genuine/scratch.ts';
import { listen } from '../../support/genuine/servers.ts';
import { answer } from '../../support/http-rig.ts';
import { failureOf } from '../../support/refusal.ts';
import { type BadServer, type BadServerPlan, type Caller, call, gun, startBadServer } from './bad-server.ts';

const running: { stop(): Promise<void> }[] = [];
const open: Caller[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ connection }) => connection.close()));
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function started(plan: BadServerPlan): Promise<BadServer> {
  const server = await startBadServer(plan);
  running.push(server);
  return server;
}

async function caller(url: string, limits: Partial<NetworkLimits> = {}): Promise<Caller> {
  const made = await call(url, limits);
  open.push(made);
  return made;
}

const codeOf = (error: unknown): string => (isNotaryError(error) ? error.code : 'defect');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('G3 a server that fails before it is asked anything', () => {
  /** What a run is told of a server that listens on TCP only. */
  const told = async (server: Server, limits: Partial<NetworkLimits> = {}): Promise<string> => {
    const listening = await listen(server);
    running.push(listening);
    const { connection, log } = await caller(`https://127.0.0.1:${listening.port}`, limits);
    expect(await failureOf(connection.remoteStore(gun).get('root', 100))).toMatchObject({ code: 'OFFLINE' });
    const [said = ''] = log.messages('error');
    return said.replace(/^could not reach \S+ Get "\S+": /, '');
  };
  const quiet = (act: (socket: Socket) => void) =>
    createServer((socket) => {
      socket.on('error', () => undefined);
      act(socket);
    });

  it.each<[string, (socket: Socket) => void, RegExp]>([
    ['accepts and says nothing', () => undefined, /^net\/http: TLS handshake timeout$/],
    ['accepts and hangs up', (socket) => void socket.end(), /^EOF$/],
    ['accepts and resets', (socket) => void socket.resetAndDestroy(), /connection reset by peer$/],
    [
      'speaks plain HTTP',
      (socket) => socket.once('data', () => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n')),
      /^http: server gave HTTP response to HTTPS client$/,
    ],
    [
      'sends garbage for ever',
      (socket) => {
        const more = (): void => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 0xee)));
        };
        socket.on('drain', more);
        more();
      },
      /^(?:http: server gave HTTP response to HTTPS client|.*(?:reset by peer|broken pipe)|EOF)$/,
    ],
    [
      'refuses the handshake',
      (socket) => socket.once('data', () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 40]))),
      /^remote error: tls: handshake failure$/,
    ],
    [
      'stops within the handshake',
      (socket) => socket.once('data', () => socket.write(Buffer.from([0x16, 3, 3, 0x10, 0, 2, 0, 0, 90]))),
      /^net\/http: TLS handshake timeout$/,
    ],
  ])('a server that fails because it %s counts as not there', async (_, act, message) => {
    expect(await told(quiet(act), { handshake: 150 })).toMatch(message);
  });

  it('a server that does not listen counts as not there', async () => {
    const port = await freePort();
    const { connection, log } = await caller(`https://127.0.0.1:${port}`);
    expect(await failureOf(connection.remoteStore(gun).get('root', 100))).toMatchObject({ code: 'OFFLINE' });
    expect(log.messages('error')[0]).toContain('connect: connection refused');
    expect(log.messages('info')).toEqual(['continuing in offline mode']);
  });

  it('a server whose queue is full counts as not there', async () => {
    const port = await freePort();
    const listener = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen({ port: ${port}, host: '127.0.0.1', backlog: 1 }, () => {
         require('fs').writeSync(1, 'ready');
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30000);
       });`,
    ]);
    adopt(listener);
    running.push({ stop: () => (listener.kill('SIGKILL'), stopChild(listener)) });
    await new Promise((resolve) => listener.stdout.once('data', resolve));
    const fillers = [1, 2, 3, 4].map(() => connectTcp(port, '127.0.0.1').on('error', () => undefined));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { connection, log } = await caller(`https://127.0.0.1:${port}`, { connect: 200 });
    expect(await failureOf(connection.remoteStore(gun).get('root', 100))).toMatchObject({ code: 'OFFLINE' });
    expect(log.messages('error')[0]).toContain(`dial tcp 127.0.0.1:${port}: i/o timeout`);
    for (const filler of fillers) filler.destroy();
  });
});

describe('G3 what is odd but allowed', () => {
  const served = async (
    bytes: string,
    end = false,
  ): Promise<{ body: string; server: BadServer; again: string }> => {
    const server = await started({
      spoil: (socket, { purpose, line }) => {
        if (purpose !== 'metadata' || !line.includes('timestamp')) return undefined;
        if (end) socket.end(bytes);
        else socket.write(bytes);
        return true;
      },
    });
    const { connection } = await caller(server.url);
    await connection.ready();
    const store = connection.remoteStore(gun);
    const body = text(await store.get('timestamp', 100));
    return { body, server, again: text(await store.get('root', 100)) };
  };

  it.each([
    ['HTTP/1.0 with a length', 'HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc', true],
    ['HTTP/1.0 without one', 'HTTP/1.0 200 OK\r\n\r\nabc', true],
    ['no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc', false],
    ['a few interim responses', `${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(8)}${answer('abc')}`, false],
    [
      'chunks with extensions and trailers',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\na\r\n2\r\nbc\r\n0\r\nX: y\r\n\r\n',
      false,
    ],
    ['a connection that closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc', true],
    [
      'a thousand cookies within the limit',
      answer('abc', '200 OK', 'Set-Cookie: a=b\r\n'.repeat(1000)),
      false,
    ],
  ])('an answer that is odd but allowed, %s, is read, and the server asked on', async (_, bytes, end) => {
    expect(await served(bytes, end)).toMatchObject({ body: 'abc', again: '{}' });
  });

  it.each([
    ['204 with a body', 'HTTP/1.1 204 No Content\r\n\r\n{}', 'SERVER_UNAVAILABLE'],
    ['304 with a body', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n{}', 'NETWORK'],
    ['206 with a part', 'HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\n\r\n{}', 'SERVER_UNAVAILABLE'],
    ['an error page of 10 MB', answer('x'.repeat(10_000_000), '503 Busy'), 'SERVER_UNAVAILABLE'],
    ['a page that says 404 for ever', `HTTP/1.1 404 No\r\n\r\n${'x'.repeat(100_000)}`, 'METADATA_NOT_FOUND'],
  ])('an answer that is odd but allowed, %s, is no metadata', async (_, bytes, code) => {
    const server = await started({
      spoil: (socket, { purpose }) => (purpose === 'metadata' ? (socket.write(bytes), true) : undefined),
    });
    const { connection } = await caller(server.url);
    await connection.ready();
    expect(await failureOf(connection.remoteStore(gun).get('timestamp', 1024))).toMatchObject({ code });
  });
});

describe('G3 answers on one connection', () => {
  it('too many answers on one connection are not taken for those of later requests', async () => {
    let first = true;
    const server = await started({
      spoil: (socket, { purpose }) => {
        if (purpose !== 'metadata' || !first) return undefined;
        first = false;
        socket.write(answer('own') + answer('forged'));
        return true;
      },
    });
    const { connection } = await caller(server.url);
    await connection.ready();
    const store = connection.remoteStore(gun);
    expect(text(await store.get('timestamp', 100))).toBe('own');
    const next = await store.get('root', 100).then(text, codeOf);
    expect(next).not.toBe('forged');
  });

  it('an answer that comes before any question ends the connection', async () => {
    const server = await started({ spoil: () => undefined });
    const { connection } = await caller(server.url);
    await connection.ready();
    const unasked = await started({
      spoil: (socket, { purpose }) => {
        if (purpose !== 'ping') return undefined;
        socket.write(`${answer('{}')}${answer('forged')}${answer('forged')}`);
        return true;
      },
    });
    const other = await caller(unasked.url);
    await other.connection.ready();
    const said = await other.connection.remoteStore(gun).get('timestamp', 100).then(text, codeOf);
    expect(said).not.toBe('forged');
  });

  it.each([1, 3, 9])(
    'reads whose answers break off after %i are asked for again, and reads only',
    async (count) => {
      const server = await started({
        spoil: (socket, { connection, purpose }) => {
          if (purpose !== 'metadata' || connection > 1) return undefined;
          if (server.arrivals.filter((one) => one.purpose === 'metadata').length <= count) return undefined;
          socket.destroy();
          return true;
        },
      });
      const { connection } = await caller(server.url);
      await connection.ready();
      const store = connection.remoteStore(gun);
      const names = Array.from({ length: 10 }, (_, index) => `${index + 1}.root`);
      const all = await Promise.all(names.map((name) => store.get(name, 100)));
      expect(all.map(text)).toEqual(names.map(() => '{}'));
      expect(server.connections()).toBe(2);
    },
  );

  it('an upload that was read before the answers broke off is sent once', async () => {
    const server = await started({
      spoil: (socket, { purpose }) => (purpose === 'upload' ? (socket.destroy(), true) : undefined),
    });
    const { connection } = await caller(server.url);
    await connection.ready();
    const store = connection.remoteStore(gun);
    const reads = ['1.root', '2.root'].map((name) => store.get(name, 100));
    const upload = failureOf(store.publish(new Map([['targets', Buffer.alloc(100)]])));
    const later = ['3.root', '4.root'].map((name) => store.get(name, 100));
    expect(await upload).toMatchObject({ code: 'NETWORK', message: 'EOF' });
    await Promise.all([...reads, ...later]);
    expect(server.arrivals.filter(({ purpose }) => purpose === 'upload')).toHaveLength(1);
  });

  it('a closed idle connection does not stop an upload', async () => {
    let gone: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => (gone = resolve));
    const server = await started({
      spoil: (socket, { purpose }) => {
        if (purpose !== 'metadata') return undefined;
        socket.on('close', gone).end(answer('{}'));
        return true;
      },
    });
    const { connection } = await caller(server.url);
    await connection.ready();
    const store = connection.remoteStore(gun);
    await store.get('timestamp', 100);
    await closed;
    await store.publish(new Map([['targets', Buffer.alloc(100)]]));
    expect(server.arrivals.map(({ purpose }) => purpose)).toEqual(['ping', 'metadata', 'upload']);
  });
});

describe('G3 an answer to an upload that comes before the upload was read', () => {
  const large = new Map([['targets', Buffer.alloc(8 * 1024 * 1024)]]);
  const uploadTo = async (spoil: (socket: Socket) => void, limits: Partial<NetworkLimits> = {}) => {
    const server = await started({
      atOnce: true,
      spoil: (socket, { purpose }) => (purpose === 'upload' ? (spoil(socket), true) : undefined),
    });
    const { connection } = await caller(server.url, limits);
    await connection.ready();
    const ended = await connection
      .remoteStore(gun)
      .publish(large)
      .then(
        () => 'success',
        (error: unknown) => (isNotaryError(error) ? `${error.code}: ${error.message}` : 'defect'),
      );
    return { ended, uploads: server.arrivals.filter(({ purpose }) => purpose === 'upload').length };
  };

  it.each([
    ['413', '413 Too Large', 'SERVER_UNAVAILABLE: unable to reach trust server at this time: 413.'],
    [
      '401',
      '401 Unauthorized',
      'UNAUTHORIZED: you are not authorized to perform this operation: server returned 401.',
    ],
    ['500', '500 Oops', 'SERVER_UNAVAILABLE: unable to reach trust server at this time: 500.'],
  ])('an early answer to an upload that says %s is reported', async (_, status, ended) => {
    expect(await uploadTo((socket) => socket.write(answer('', status)))).toEqual({ ended, uploads: 1 });
  });

  it('an early answer to an upload that says that all is well is no success', async () => {
    const { ended, uploads } = await uploadTo((socket) => {
      socket.pause();
      socket.write(answer(''));
    });
    expect(ended).toBe('NETWORK: the server answered before it had read what was sent');
    expect(uploads).toBe(1);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['hangs up', (socket) => void socket.end()],
    ['breaks off', (socket) => void socket.destroy()],
    ['answers nonsense', (socket) => void socket.write('garbage\r\n\r\n')],
    ['answers without end', (socket) => void socket.write('HTTP/1.1 200 OK\r\nX: ')],
    ['stops reading', (socket) => void socket.pause()],
  ])('an early answer to an upload and %s is a failure, and nothing is sent twice', async (_, spoil) => {
    const { ended, uploads } = await uploadTo(spoil, { idle: 200, headers: 200 });
    expect(ended).toMatch(/^NETWORK: /);
    expect(uploads).toBe(1);
  });
});
