/** Every way in which an answer can be spoilt, for every kind of request. */

import type { Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { NetworkLimits } from '../../../src/adapters/http/transport/limits.ts';
import { isNotaryError, type NotaryError } from '../../../src/errors.ts';
import {
  type BadServer,
  type Caller,
  call,
  drip,
  endless,
  gun,
  type Purpose,
  startBadServer,
} from './bad-server.ts';

const running: BadServer[] = [];
const open: Caller[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ connection }) => connection.close()));
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

interface Fault {
  readonly spoil: (socket: Socket) => void;
  readonly message: string | RegExp;
  /** NETWORK unless told. */
  readonly code?: 'MALICIOUS_SERVER';
  readonly limits?: Partial<NetworkLimits>;
}

const head = (lines: string): string => `HTTP/1.1 200 OK\r\n${lines}\r\n`;
const sends = (bytes: string) => (socket: Socket) => void socket.write(bytes);
const ends = (bytes: string) => (socket: Socket) => void socket.end(bytes);
const resets = (bytes: string) => (socket: Socket) => {
  // Gone with a reset, after what was sent has left.
  socket.write(bytes, () =>
    setTimeout(() => (socket as Socket & { _parent?: Socket })._parent?.resetAndDestroy(), 20),
  );
};
const chunked = head('Transfer-Encoding: chunked\r\n');
const malformed = 'net/http: HTTP/1.x transport connection broken: malformed HTTP response';
const tooLong = { code: 'MALICIOUS_SERVER', message: 'trust server returned a bad response.' } as const;
const slowHeader = { limits: { headers: 120 }, message: 'net/http: timeout awaiting response headers' };
const slowBody = {
  limits: { speedWindow: 120, idle: 5000 },
  message: 'the server sends less than 1024 bytes per second',
};
const overflow = 'net/http: server response headers exceeded the limit; aborted';
const lost = /^(?:.*: )?(?:EOF|unexpected EOF|read tcp .*: read: connection reset by peer)$/;

const faults: Readonly<Record<string, Fault>> = {
  'says nothing': { spoil: () => undefined, ...slowHeader },
  'sends its header drop by drop': {
    spoil: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX: ');
      drip(socket, 'x');
    },
    ...slowHeader,
  },
  'sends a status line that never ends': {
    spoil: (socket) => {
      socket.write('HTTP/1.1 200 ');
      endless(socket, 'x'.repeat(10_000));
    },
    message: overflow,
  },
  'sends a header field that never ends': {
    spoil: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX: ');
      endless(socket, 'x'.repeat(10_000));
    },
    message: overflow,
  },
  'sends cookies for ever': {
    spoil: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      endless(socket, 'Set-Cookie: a=b; Path=/\r\n'.repeat(100));
    },
    message: overflow,
  },
  'sends challenges for ever': {
    spoil: (socket) => {
      socket.write('HTTP/1.1 401 Unauthorized\r\n');
      endless(socket, 'WWW-Authenticate: Bearer realm="https://x.test/",scope="a"\r\n'.repeat(100));
    },
    message: overflow,
  },
  'sends interim responses for ever': {
    spoil: (socket) => endless(socket, 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(10)),
    message: 'too many 1xx informational responses',
  },
  'sends an unasked 100 Continue': { spoil: ends('HTTP/1.1 100 Continue\r\n\r\n'), message: /EOF/ },
  'switches protocols': {
    spoil: ends('HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'),
    message: /EOF|malformed/,
  },
  'hangs up without an answer': { spoil: (socket) => void socket.end(), message: /EOF$/ },
  'hangs up within the header': { spoil: ends('HTTP/1.1 200 OK\r\nContent-Le'), message: lost },
  'resets without an answer': { spoil: resets(''), message: lost },
  'resets within the header': { spoil: resets('HTTP/1.1 200 OK\r\nContent-Le'), message: lost },
  'resets within the body': { spoil: resets(`${head('Content-Length: 9\r\n')}half`), message: lost },
  'hangs up within the body': {
    spoil: ends(`${head('Content-Length: 9\r\n')}half`),
    message: 'unexpected EOF',
  },
  'hangs up within a chunk': { spoil: ends(`${chunked}9\r\nhalf`), message: 'unexpected EOF' },
  'hangs up before the last chunk': { spoil: ends(`${chunked}2\r\n{}\r\n`), message: 'unexpected EOF' },
  'stops within the body': {
    spoil: sends(`${head('Content-Length: 9\r\n')}half`),
    limits: { idle: 100 },
    message: 'the server stopped sending',
  },
  'sends its body drop by drop': {
    spoil: (socket) => {
      socket.write(head('Content-Length: 9000\r\n'));
      drip(socket, 'x');
    },
    ...slowBody,
  },
  'sends chunks drop by drop': {
    spoil: (socket) => {
      socket.write(chunked);
      drip(socket, '1\r\n \r\n');
    },
    ...slowBody,
  },
  'sends a chunk extension that never ends': {
    spoil: (socket) => {
      socket.write(`${chunked}1;`);
      drip(socket, 'x'.repeat(10_000), 5);
    },
    ...slowBody,
    message: /less than 1024 bytes per second|malformed|unexpected EOF/,
  },
  'sends trailers for ever': {
    spoil: (socket) => {
      socket.write(`${chunked}2\r\n{}\r\n0\r\n`);
      endless(socket, 'X: y\r\n'.repeat(1000));
    },
    message: overflow,
  },
  'announces 9 GB': { spoil: sends(head('Content-Length: 9000000000\r\n')), ...tooLong },
  'sends a body that never ends': {
    spoil: (socket) => {
      socket.write(head('Connection: close\r\n'));
      endless(socket, Buffer.alloc(65_536, 0x20));
    },
    ...tooLong,
  },
  'sends chunks for ever': {
    spoil: (socket) => {
      socket.write(chunked);
      endless(socket, `8000\r\n${' '.repeat(0x8000)}\r\n`);
    },
    ...tooLong,
  },
  'announces 2^64 bytes': {
    spoil: ends(head('Content-Length: 18446744073709551616\r\n')),
    message: malformed,
  },
  'announces two lengths': {
    spoil: ends(`${head('Content-Length: 2\r\nContent-Length: 3\r\n')}{} `),
    message: malformed,
  },
  'announces a length and chunks': {
    spoil: ends(`${head('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n')}2\r\n{}\r\n0\r\n\r\n`),
    message: malformed,
  },
  'announces a chunk of 2^64 bytes': {
    spoil: ends(`${chunked}10000000000000000\r\nx`),
    message: /malformed|EOF/,
  },
  'sends a chunk size that is no number': { spoil: ends(`${chunked}zz\r\n{}\r\n`), message: /malformed|EOF/ },
  'sends garbage for a status line': { spoil: ends('GARBAGE GARBAGE\r\n\r\n'), message: malformed },
  'sends a page without any header': { spoil: ends('<html>hello</html>'), message: malformed },
  'speaks HTTP/2 without being asked': {
    spoil: ends('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    message: malformed,
  },
  'sends a status of four digits': { spoil: ends('HTTP/1.1 2000 OK\r\n\r\n'), message: malformed },
  'sends a zero byte in a header': {
    spoil: ends('HTTP/1.1 200 OK\r\nA: b\0c\r\nContent-Length: 0\r\n\r\n'),
    message: malformed,
  },
  'sends a field name with a space': {
    spoil: ends('HTTP/1.1 200 OK\r\nA b: c\r\nContent-Length: 0\r\n\r\n'),
    message: malformed,
  },
};

const quick: Partial<NetworkLimits> = { ping: 8000, token: 8000 };

async function failure(promise: Promise<unknown>): Promise<NotaryError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(isNotaryError(error), String(error)).toBe(true);
  return error as NotaryError;
}

const ask: Readonly<Record<Purpose, (caller: Caller) => Promise<unknown>>> = {
  ping: ({ connection }) => connection.remoteStore(gun).get('timestamp', 1024 * 1024),
  metadata: ({ connection }) => connection.remoteStore(gun).get('timestamp', 1024 * 1024),
  token: ({ connection }) => connection.remoteStore(gun).get('timestamp', 1024 * 1024),
  key: ({ connection }) => connection.remoteStore(gun).getKey('timestamp'),
  'new key': ({ connection }) => connection.remoteStore(gun).rotateKey('snapshot'),
  upload: ({ connection }) =>
    connection.remoteStore(gun).publish(new Map([['targets', Buffer.alloc(40_000)]])),
};
const purposes = Object.keys(ask) as readonly Purpose[];

/** Has one request spoilt; gives the error and the server. */
async function spoilt(
  purpose: Purpose,
  spoil: (socket: Socket) => void,
  limits: Partial<NetworkLimits> = {},
): Promise<{ error: NotaryError; server: BadServer; caller: Caller }> {
  const server = await startBadServer({
    tokens: purpose === 'token',
    spoil: (socket, arrival) => {
      if (arrival.purpose !== purpose) return undefined;
      spoil(socket);
      return true;
    },
  });
  running.push(server);
  const caller = await call(server.url, { ...quick, ...limits });
  open.push(caller);
  await caller.connection.ready();
  return { error: await failure(ask[purpose](caller)), server, caller };
}

describe.each(purposes)('G3 a server that, asked for %s,', (purpose) => {
  it.each(Object.entries(faults))(
    'a server that %s is refused',
    async (_, { spoil, message, code, limits }) => {
      const { error, server, caller } = await spoilt(purpose, spoil, limits);
      if (purpose === 'ping') {
        expect(error.code).toBe('OFFLINE');
        const [said = ''] = caller.log.messages('error');
        expect(said.replace(/^could not reach \S+ (?:Get "\S+": )?/, '')).toMatch(message);
      } else {
        expect(error).toMatchObject({ code: code ?? 'NETWORK' });
        expect(error.message.replace(/^Get "https:\/\/localhost:\d+\/token": /, '')).toMatch(message);
      }
      expect(error.message).not.toMatch(/[\p{Cc}]|\bat .*:\d+:\d+/u);
      // What changes the server's state is never asked for twice; all else once more, and then once alone.
      const asked = server.arrivals.filter((arrival) => arrival.purpose === purpose).length;
      expect(asked).toBeLessThanOrEqual(purpose === 'upload' || purpose === 'new key' ? 1 : 3);
    },
  );
});

describe('G3 what is packed', () => {
  const bomb = Buffer.alloc(50 * 1024 * 1024, 0x20);
  it.each([
    ['gzip', gzipSync(bomb)],
    ['deflate', deflateSync(bomb)],
    ['br', brotliCompressSync(bomb)],
  ])('a body with %s stays packed', async (encoding, packed) => {
    const server = await startBadServer({
      spoil: (socket, { purpose }) => {
        if (purpose !== 'metadata') return undefined;
        socket.write(head(`Content-Encoding: ${encoding}\r\nContent-Length: ${packed.length}\r\n`));
        socket.write(packed);
        return true;
      },
    });
    running.push(server);
    const caller = await call(server.url);
    open.push(caller);
    const body = await caller.connection.remoteStore(gun).get('timestamp', 1024 * 1024);
    expect(Buffer.compare(body, packed)).toBe(0);
  });

  it('a packed body is not unpacked to look for a token', async () => {
    const packed = gzipSync('{"token":"t"}');
    const { error } = await spoilt('token', (socket) => {
      socket.write(head(`Content-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n`));
      socket.write(packed);
    });
    expect(error).toMatchObject({
      code: 'NETWORK',
      message: expect.stringMatching(/^unable to decode token response: /) as string,
    });
  });
});
