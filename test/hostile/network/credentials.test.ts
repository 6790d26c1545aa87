/** What a server may ask for, and what it gets. */

import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Access } from '../../../src/adapters/http/auth/authorization.ts';
import { isNotaryError } from '../../../src/errors.ts';
import { endWorlds, gun, keep, read, start, userAuth, withAuth, world } from '../../support/http-auth-rig.ts';
import { answer, startRawServer, startServer, type TestServer } from '../../support/http-rig.ts';
import { failureOf } from '../../support/refusal.ts';

afterEach(endWorlds);

/** A server that demands something, and what was sent to it. */
async function demanding(...lines: readonly string[]) {
  const server = keep(
    await startRawServer((socket) => {
      socket.write(
        answer('', '401 Unauthorized', lines.map((line) => `WWW-Authenticate: ${line}\r\n`).join('')),
      );
    }),
  );
  return { server };
}

/** Ends a run with credentials at hand; gives the error and all requests. */
async function refused(server: TestServer, access: Access = '*') {
  const run = await start(server, { access, env: withAuth });
  const error = await failureOf(run.connection.remoteStore(gun).get('timestamp', 100));
  return { error, run };
}

describe('G5 a demand that names a place for credentials', () => {
  it.each([
    [
      'by plain http',
      'http://127.0.0.1:9/token',
      /^Get "http:\/\/127\.0\.0\.1:9\/token": dial tcp .* connection refused$/,
    ],
    ['by plain http in capitals', 'HTTP://127.0.0.1:9/token', /^Get "http:/],
    ['that is a file', 'file:///etc/passwd', /credentials are not sent|invalid token auth challenge realm/],
    [
      'that is data',
      'data:application/json,{"token":"x"}',
      /credentials are not sent|invalid token auth challenge realm/,
    ],
    ['without a host', 'https://', /invalid token auth challenge realm/],
    ['that is a path', '/token', /credentials are not sent|invalid token auth challenge realm/],
    [
      'of another scheme that begins alike',
      'httpsx://127.0.0.1:9/',
      /credentials are not sent|invalid token auth challenge realm/,
    ],
    ['with a port that is none', 'https://127.0.0.1:99999/', /invalid token auth challenge realm/],
    ['that is empty', '', /credentials are not sent|no realm specified/],
  ])('a demand for credentials %s is not met', async (_, realm, message) => {
    const { server } = await demanding(`Bearer realm="${realm}",service="s"`);
    for (const access of ['pull', '*'] as const) {
      const { error } = await refused(server, access);
      expect(['NETWORK', 'UNAUTHORIZED']).toContain(error.code);
      expect(error.message + (error.hint ?? '')).toMatch(access === '*' ? message : /./);
      expect(error.message).not.toMatch(/\p{Cc}/u);
    }
  });

  it('a demand for credentials by plain http gets an anonymous request at most', async () => {
    const seen: (string | undefined)[] = [];
    const service = keep(
      await startServer(
        (request, response) => {
          seen.push(request.headers.authorization, request.url);
          response.writeHead(401).end();
        },
        { plain: true },
      ),
    );
    const { server } = await demanding(`Bearer realm="${service.url}/token"`);
    expect((await refused(server)).error.message).toMatch(/^credentials are not sent over plain http to/);
    expect(seen).toEqual([undefined, expect.not.stringContaining('account') as string]);
  });

  it('a demand with a user name in the realm gets no password', async () => {
    const seen: (string | undefined)[] = [];
    const service = keep(
      await startServer((request, response) => {
        seen.push(request.headers.authorization, request.url);
        response.end('{"token":"t"}');
      }),
    );
    const realm = service.url.replace('https://', 'https://evil:trap@');
    const { server } = await demanding(`Bearer realm="${realm}/token"`);
    await refused(server, 'pull');
    expect(seen[0]).toBeUndefined();
    expect(seen[1]).not.toContain('trap');
  });

  it('a demand is shown without the user name and password of the realm', async () => {
    const { server } = await demanding('Bearer realm="https://evil:trap@127.0.0.1:1/token"');
    const { error } = await refused(server);
    expect(error.message).toBe(
      'Get "https://127.0.0.1:1/token": dial tcp 127.0.0.1:1: connect: connection refused',
    );
    expect(JSON.stringify(error.details)).not.toContain('trap');
  });

  it('a demand is shown at bounded length and on one line', async () => {
    const long = await demanding(`Bearer realm="https://127.0.0.1:1/${'x'.repeat(10_000)}"`);
    expect((await refused(long.server)).error.message.length).toBeLessThan(600);
    const odd = await demanding(`Bearer realm="mailto:\u0080\u009b31m${'y'.repeat(5000)}"`);
    const { message } = (await refused(odd.server)).error;
    expect(message.length).toBeLessThan(600);
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('G5 a demand that cannot be understood', () => {
  it.each([
    ['of nothing', ''],
    ['of an unknown scheme', 'Negotiate abc=='],
    ['of a digest', 'Digest realm="x", nonce="y"'],
    ['that ends within a quotation', 'Bearer realm="https://127.0.0.1:1/'],
    ['with a backslash at its end', 'Bearer realm="https://127.0.0.1:1/\\'],
    ['without a value', 'Bearer realm='],
    ['of signs only', '=,=,;"\\'],
    ['of very many parameters', `Bearer ${Array.from({ length: 2000 }, (_, n) => `p${n}="v"`).join(',')}`],
    ['of very many schemes', Array.from({ length: 3000 }, (_, n) => `S${n}`).join(', ')],
    ['of backslashes only', `Bearer realm="${'\\'.repeat(20_000)}`],
  ])('a demand %s gets no credentials', async (_, line) => {
    const { server } = await demanding(line);
    const { error } = await refused(server);
    expect(isNotaryError(error, 'NETWORK', 'UNAUTHORIZED')).toBe(true);
    expect(error.message).not.toContain(userAuth.slice(6));
  });

  it('a demand that cannot be understood beside two hundred others is met by the first token service', async () => {
    const seen: (string | undefined)[] = [];
    const service = keep(
      await startServer((request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(401).end();
      }),
    );
    const others = Array.from({ length: 200 }, (_, n) => `Bearer realm="https://127.0.0.1:1/${n}"`);
    const { server } = await demanding('Basic realm="x"', `Bearer realm="${service.url}/"`, ...others);
    const { error } = await refused(server);
    expect(error.code).toBe('UNAUTHORIZED');
    expect(seen).toEqual([userAuth]);
  });
});

describe('G5 a token service that answers', () => {
  const served = async (body: string | Buffer, status = 200) => {
    const { server, asked } = await world({
      token: (response: ServerResponse) => void response.writeHead(status).end(body),
    });
    const run = await start(server, { access: '*', env: withAuth });
    return { error: await failureOf(read(run)), asked };
  };
  const token = (value: unknown) => JSON.stringify({ token: value });

  it.each<[string, string | Buffer, RegExp]>([
    ['nothing', '', /^unable to decode token response: unexpected end of JSON input$/],
    ['no JSON', '<html>', /^unable to decode token response: /],
    ['a list', '[]', /^unable to decode token response: /],
    ['null', 'null', /^unable to decode token response: /],
    [
      'two tokens under one name',
      '{"token":"a","token":"b"}',
      /^unable to decode token response: repeated member/,
    ],
    ['what is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), /^unable to decode token response: /],
    ['nested without end', '['.repeat(100_000), /^unable to decode token response: nested deeper/],
    ['a number for a token', token(5), /^authorization server did not include a token/],
    ['an object for a token', token({}), /^authorization server did not include a token/],
    ['a token with a line end', token('a\r\nX-Evil: 1'), /^authorization server sent a malformed token$/],
    ['a token with a line feed', token('a\nb'), /malformed token/],
    ['a token with a zero byte', token('a\0b'), /malformed token/],
    ['a token with a blank', token('a b'), /malformed token/],
    ['a token with a tab', token('a\tb'), /malformed token/],
    ['a token with an escape', token('a\u001b[31m'), /malformed token/],
    ['a token beyond ASCII', token('caf\u00e9'), /malformed token/],
    ['a token that looks like a response', token('x\r\n\r\nHTTP/1.1 200 OK'), /malformed token/],
  ])('a token service that answers %s gets no request with the token', async (_, body, message) => {
    const { error, asked } = await served(body);
    expect(error).toMatchObject({ code: 'NETWORK', message: expect.stringMatching(message) as string });
    expect(error.message).not.toMatch(/\p{Cc}/u);
    expect(asked).toEqual([]);
  });

  it('a token service that answers with more than 1 MiB is not read to its end', async () => {
    const { error, asked } = await served(`{"token":"${'x'.repeat(1024 * 1024)}"}`);
    expect([error.code, asked]).toEqual(['MALICIOUS_SERVER', []]);
  });

  it('a token too long for a header is a failure of the request, not of the program', async () => {
    const { error } = await served(token('x'.repeat(500_000)));
    expect(isNotaryError(error)).toBe(true);
    expect(error.message.length).toBeLessThan(1000);
  });

  it.each([0, -5, 1e308, 4e15])(
    'a token with a life of %d seconds is believed for this run',
    async (seconds) => {
      const { server } = await world({
        token: (response) => void response.end(JSON.stringify({ token: 'user-1', expires_in: seconds })),
      });
      expect(await read(await start(server, { access: '*', env: withAuth }))).toBe('metadata');
    },
  );

  it.each([401, 403, 500])(
    'a token service’s refusal (%i) with escape sequences is shown without them',
    async (status) => {
      const errors = [
        { code: 'DENIED\u001b]0;x\u0007', message: `\u001b[2J\u202e\r\nforged${'z'.repeat(5000)}` },
      ];
      const { error } = await served(JSON.stringify({ errors }), status);
      expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(error.message.length).toBeLessThan(600);
    },
  );
});

describe('G5 credentials', () => {
  it('credentials go to the trust server only after it has asked, and never with the ping', async () => {
    const pings: (string | undefined)[] = [];
    const server = keep(
      await startServer((request, response) => {
        if (request.url === '/v2/') pings.push(request.headers.authorization);
        response.end('{}');
      }),
    );
    await read(await start(server, { access: '*', env: withAuth }));
    expect(pings).toEqual([undefined]);
  });

  it('credentials are not sent to a server that did not ask at its ping, whatever it asks later', async () => {
    const seen: (string | undefined)[] = [];
    const server = keep(
      await startServer((request, response) => {
        seen.push(request.headers.authorization);
        if (request.url === '/v2/') response.end('{}');
        else response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
      }),
    );
    expect((await refused(server)).error.code).toBe('UNAUTHORIZED');
    expect(seen).toEqual([undefined, undefined]);
  });

  it.each(['0', '', 'true', 'yes', '01', ' 1'])(
    'credentials do not go over plain http with TSNOTARY_INSECURE_CREDENTIALS=%j',
    async (value) => {
      const { server, asked } = await world({ plainServer: true, challenge: () => 'Basic realm="x"' });
      const run = await start(server, {
        access: '*',
        env: { ...withAuth, TSNOTARY_INSECURE_CREDENTIALS: value },
      });
      expect(await failureOf(read(run))).toMatchObject({
        code: 'UNAUTHORIZED',
        hint: 'Use https, or set TSNOTARY_INSECURE_CREDENTIALS=1 to send them all the same.',
      });
      expect(asked).toEqual([]);
    },
  );

  it('credentials are never in what is shown or logged', async () => {
    const wrong = { NOTARY_AUTH: Buffer.from('user:correct horse').toString('base64') };
    for (const challenge of ['Basic realm="x"', undefined]) {
      const { server } = await world({
        accepts: () => false,
        ...(challenge === undefined ? {} : { challenge: () => challenge }),
      });
      const run = await start(server, { access: '*', env: wrong });
      const error = await failureOf(read(run));
      const told = JSON.stringify([error.message, error.hint, error.details, run.log.records]);
      expect(told).not.toMatch(/correct horse|dXNlcj|user-1/);
    }
  });

  it.each(['user:pa\r\nX-Evil: 1', 'us\ner:pass', 'user:\u001b[31mpass', 'us\0er:pass', 'user:p\u00e4ss'])(
    'credentials with odd characters (%j) stay one header field',
    async (pair) => {
      const seen: (string | undefined)[] = [];
      const server = keep(
        await startServer((request, response) => {
          seen.push(request.headers.authorization, request.headers['x-evil'] as string | undefined);
          response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
        }),
      );
      const run = await start(server, {
        access: '*',
        env: { NOTARY_AUTH: Buffer.from(pair).toString('base64') },
      });
      await failureOf(read(run));
      expect(seen[2]).toBe(`Basic ${Buffer.from(pair).toString('base64')}`);
      expect(seen[3]).toBeUndefined();
    },
  );
});
