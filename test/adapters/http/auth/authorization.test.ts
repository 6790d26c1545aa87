import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Access } from '../../../../src/adapters/http/auth/authorization.ts';
import {
  endWorlds,
  gun,
  keep,
  read,
  start,
  type TokenWorld,
  userAuth,
  withAuth,
  world,
} from '../../../support/http-auth-rig.ts';
import { startServer } from '../../../support/http-rig.ts';
import { failureOf } from '../../../support/refusal.ts';

afterEach(endWorlds);

const scope = (actions: string): string =>
  `scope=repository%3Adocker.io%2Fa%2Fb%3A${encodeURIComponent(actions)}`;
const unauthorized = {
  code: 'UNAUTHORIZED',
  message: 'you are not authorized to perform this operation: server returned 401.',
};

describe('reading with tokens', () => {
  it('the client uses an anonymous token that is enough', async () => {
    const { server, asked, tokens } = await world({ accepts: (token) => token !== '' });
    const run = await start(server, { env: withAuth });
    expect(await read(run)).toBe('metadata');
    expect(tokens).toEqual([
      { what: `/token?${scope('pull')}&service=the+service&x=1`, authorization: undefined },
    ]);
    expect(asked).toEqual([{ what: 'GET timestamp.json', authorization: 'Bearer anonymous-1' }]);
  });

  it('the client uses the user’s token when the server refuses the anonymous one', async () => {
    const { server, asked, tokens } = await world();
    const run = await start(server, { env: withAuth });
    expect(await read(run)).toBe('metadata');
    expect(tokens[1]).toEqual({
      what: `/token?account=user&${scope('pull')}&service=the+service&x=1`,
      authorization: userAuth,
    });
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer anonymous-1', 'Bearer user-1']);
  });

  it('the client asks the user for the token’s password once', async () => {
    const { server, tokens } = await world();
    const run = await start(server, { answers: ['user', 'pass'] });
    expect([await read(run), await read(run, 'root')]).toEqual(['metadata', 'metadata']);
    expect(run.prompter.asked).toHaveLength(2);
    expect(tokens).toHaveLength(2);
  });

  it('the client fails as Notary does when there is no password', async () => {
    const { server } = await world();
    const run = await start(server);
    expect(await failureOf(read(run))).toMatchObject(unauthorized);
    expect(run.log.messages('error')).toEqual(['error processing username input: EOF']);
  });

  it('the client uses the user’s token when the service gives no anonymous ones', async () => {
    const refusing = (response: ServerResponse, request: IncomingMessage): void => {
      if (request.headers.authorization === userAuth) response.end('{"access_token":"user-9","token":"x"}');
      else response.writeHead(401).end();
    };
    const { server } = await world({ token: refusing });
    expect(await read(await start(server, { env: withAuth }))).toBe('metadata');
    expect(await read(await start(server, { answers: ['user', 'pass'], interactive: true }))).toBe(
      'metadata',
    );
    const piped = await start(server, { answers: ['user', 'pass'] });
    expect(await failureOf(read(piped))).toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'unauthorized: authentication required',
    });
    expect(piped.prompter.asked).toEqual([]);
  });

  it('the client fetches one token for many reads at the same time, and another when it has run out', async () => {
    const { server, tokens, asked } = await world({ accepts: (token) => token !== '' });
    const run = await start(server);
    const resources = ['1.root', '2.root', '3.root', '4.root'];
    await Promise.all(resources.map((resource) => read(run, resource)));
    expect(tokens).toHaveLength(1);
    run.clock.advance(59_000);
    await read(run);
    expect(tokens).toHaveLength(1);
    run.clock.advance(2_000);
    await read(run);
    expect(tokens).toHaveLength(2);
    expect(asked.at(-1)?.authorization).toBe('Bearer anonymous-2');
  });

  it('the client takes an answer that was given without any token', async () => {
    const { server, tokens } = await world({ accepts: () => true });
    const { connection } = await start(server, { access: 'pull', early: true });
    expect(Buffer.from(await connection.remoteStore(gun).get('root', 100)).toString()).toBe('metadata');
    expect(tokens).toEqual([]);
  });
});

describe('writing with tokens', () => {
  it.each(['push,pull', '*'] as const)(
    'the client uses the user’s token for %s from the start, reads included',
    async (access) => {
      const { server, asked, tokens } = await world();
      const run = await start(server, { access, env: withAuth });
      await read(run);
      await run.connection.remoteStore(gun).publish(new Map());
      expect(tokens.map(({ what }) => what)).toEqual([
        `/token?account=user&${scope(access)}&service=the+service&x=1`,
      ]);
      expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer user-1', 'Bearer user-1']);
    },
  );

  it('the client throws away what it has read without a token', async () => {
    const { server, asked } = await world({ accepts: () => true });
    const { connection } = await start(server, { access: 'push,pull', env: withAuth, early: true });
    await connection.remoteStore(gun).get('root', 100);
    expect(asked.at(-1)?.authorization).toBe('Bearer user-1');
  });

  it('the client asks the user for a password before it writes', async () => {
    const { server } = await world();
    const run = await start(server, { access: 'push,pull', answers: ['user', 'pass'] });
    expect(await read(run)).toBe('metadata');
    expect(run.prompter.asked.map(({ text }) => text)).toEqual(['Enter username: ', 'Enter password: ']);
  });

  it('the client goes on without credentials when there are none', async () => {
    const { server, asked } = await world();
    const run = await start(server, { access: 'push,pull' });
    expect(await failureOf(read(run))).toMatchObject(unauthorized);
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer anonymous-1']);
  });
});

describe('a token service', () => {
  const failing = async (token: (response: ServerResponse) => void, access: Access = 'push,pull') => {
    const { server } = await world({ token });
    return failureOf(read(await start(server, { access, env: withAuth })));
  };
  const json = (status: number, body: unknown) => (response: ServerResponse) =>
    void response.writeHead(status).end(JSON.stringify(body));

  it.each([
    [
      401,
      { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required', detail: null }] },
      'unauthorized',
    ],
    [
      401,
      { errors: [{ code: 'UNAUTHORIZED', message: 'no such user\u001b[31m' }] },
      'unauthorized: no such user [31m',
    ],
    [401, {}, 'unauthorized: authentication required'],
    [
      403,
      {
        errors: [
          { code: 'DENIED', message: 'a' },
          { code: 'TOO_MANY', message: 'b' },
        ],
      },
      'denied: a; too many: b',
    ],
    [403, { details: 'nope' }, 'denied: nope'],
  ])('a token service that refuses with %i %j brings the error: %s', async (status, body, message) => {
    expect(await failing(json(status, body))).toMatchObject({ code: 'UNAUTHORIZED', message });
  });

  it.each([
    [500, {}, 'received unexpected HTTP status: 500 Internal Server Error'],
    [404, {}, 'received unexpected HTTP status: 404 Not Found'],
    [200, {}, 'authorization server did not include a token in the response'],
    [200, { token: '' }, 'authorization server did not include a token in the response'],
    [200, { token: 'a\r\nb' }, 'authorization server sent a malformed token'],
  ])('a token service that fails with %i %j brings the error: %s', async (status, body, message) => {
    expect(await failing(json(status, body))).toMatchObject({ code: 'NETWORK', message });
  });

  it('a token service that sends no JSON is not understood', async () => {
    expect(await failing((response) => void response.end('zzz'))).toMatchObject({
      code: 'NETWORK',
      message: "unable to decode token response: invalid character 'z' looking for beginning of value",
    });
  });

  it('a token service that sends more than a megabyte is not read to its end', async () => {
    const endless = (response: ServerResponse): void =>
      void response.end(`{"token":"${'x'.repeat(1024 * 1024)}"}`);
    expect(await failing(endless)).toMatchObject({ code: 'MALICIOUS_SERVER' });
  });

  it('a token service that is not there is named in the error', async () => {
    const { server } = await world({ challenge: () => 'Bearer realm="https://127.0.0.1:1/token"' });
    expect(await failureOf(read(await start(server)))).toMatchObject({
      code: 'NETWORK',
      message: 'Get "https://127.0.0.1:1/token": dial tcp 127.0.0.1:1: connect: connection refused',
    });
  });

  it.each([
    ['Bearer service="x"', 'no realm specified for token auth challenge'],
    ['Bearer realm="not a url"', 'invalid token auth challenge realm: not a url'],
    ['Bearer realm="file:///etc/passwd"', 'invalid token auth challenge realm: file:///etc/passwd'],
  ])('a token service must have an address (%s)', async (challenge, message) => {
    const { server } = await world({ challenge: () => challenge });
    expect(await failureOf(read(await start(server)))).toMatchObject({ code: 'NETWORK', message });
  });

  it('a token service never sees the password again after a redirect to another host', async () => {
    const seen: (string | undefined)[] = [];
    const other = await startServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{"token":"user-1"}');
    });
    keep(other);
    const { server } = await world({
      token: (response) => void response.writeHead(302, { Location: other.url }).end(),
    });
    await read(await start(server, { access: 'push,pull', env: withAuth }));
    expect(seen).toEqual([undefined]);
  });
});

describe('credentials over plain http', () => {
  const insecure = { TSNOTARY_INSECURE_CREDENTIALS: '1' };

  it('credentials over plain http are not sent to a token service', async () => {
    const { server, tokens } = await world({ plainRealm: true });
    for (const access of ['pull', 'push,pull', '*'] as const) {
      const run = await start(server, {
        access,
        env: withAuth,
        answers: ['user', 'pass'],
        interactive: true,
      });
      expect(await failureOf(read(run))).toMatchObject({
        code: 'UNAUTHORIZED',
        message: expect.stringMatching(
          /^credentials are not sent over plain http to localhost:\d+$/,
        ) as string,
      });
      expect(run.prompter.asked).toEqual([]);
    }
    expect(tokens.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('credentials over plain http are not exchanged for a token that a plain http server would see', async () => {
    const { server, tokens, asked } = await world({ plainServer: true });
    const run = await start(server, { access: 'push,pull', env: withAuth });
    expect(await failureOf(read(run))).toMatchObject({ code: 'UNAUTHORIZED' });
    expect([...tokens, ...asked].some(({ authorization }) => /user|Basic/.test(authorization ?? ''))).toBe(
      false,
    );
  });

  it('credentials over plain http are not sent to a plain http server', async () => {
    const { server, asked } = await world({ plainServer: true, challenge: () => 'Basic realm="x"' });
    const run = await start(server, { access: 'push,pull', env: withAuth });
    expect(await failureOf(read(run))).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(asked).toEqual([]);
  });

  it('credentials over plain http are sent when the user insists', async () => {
    const bearer = await world({ plainServer: true, plainRealm: true });
    expect(await read(await start(bearer.server, { access: '*', env: { ...withAuth, ...insecure } }))).toBe(
      'metadata',
    );
    const basic = await world({
      plainServer: true,
      challenge: () => 'Basic',
      accepts: (token) => token !== '',
    });
    expect(await read(await start(basic.server, { access: '*', env: { ...withAuth, ...insecure } }))).toBe(
      'metadata',
    );
  });

  it('credentials over plain http are not needed where an anonymous token is enough', async () => {
    const { server } = await world({ plainServer: true, plainRealm: true, accepts: (token) => token !== '' });
    expect(await read(await start(server, { access: 'push,pull', env: withAuth }))).toBe('metadata');
  });
});

describe('Basic', () => {
  const basic = (): Promise<TokenWorld> =>
    world({ challenge: () => 'Basic realm="x"', accepts: (token) => `Basic ${token}` === userAuth });

  it('the password goes with every write, and with every read before a write', async () => {
    const { server, asked } = await basic();
    const run = await start(server, { access: 'push,pull', env: withAuth });
    await read(run);
    await run.connection.remoteStore(gun).deleteAll();
    expect(asked.map(({ authorization }) => authorization)).toEqual([userAuth, userAuth]);
  });

  it('the password goes with a write that does not wait for the ping', async () => {
    const { server, asked } = await basic();
    const { connection } = await start(server, { access: '*', env: withAuth, early: true });
    const store = connection.remoteStore(gun);
    await Promise.all([store.getKey('snapshot'), store.publish(new Map())]);
    expect(asked.map(({ authorization }) => authorization)).toEqual([userAuth, userAuth]);
  });

  it('the password goes with reads once the server has insisted', async () => {
    const { server, asked } = await basic();
    const run = await start(server, { env: withAuth });
    expect([await read(run), await read(run, 'root')]).toEqual(['metadata', 'metadata']);
    expect(asked.map(({ authorization }) => authorization)).toEqual([undefined, userAuth, userAuth]);
  });

  it('the password is asked for once, and for reading only at a terminal', async () => {
    const { server } = await basic();
    const asking = await start(server, { answers: ['user', 'pass'], interactive: true });
    expect([await read(asking), await read(asking)]).toEqual(['metadata', 'metadata']);
    expect(asking.prompter.asked).toHaveLength(2);
    const writing = await start(server, { access: '*', answers: ['user', 'pass'] });
    expect(await read(writing)).toBe('metadata');
    const piped = await start(server, { answers: ['user', 'pass'] });
    expect(await failureOf(read(piped))).toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'no basic auth credentials',
    });
    expect(piped.prompter.asked).toEqual([]);
  });

  it('the client fails as Notary does without a password, and with a wrong one', async () => {
    const { server } = await basic();
    expect(await failureOf(read(await start(server, { access: '*' })))).toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'no basic auth credentials',
    });
    const env = { NOTARY_AUTH: Buffer.from('user:wrong').toString('base64') };
    expect(await failureOf(read(await start(server, { access: '*', env })))).toMatchObject(unauthorized);
  });

  it('a refused login is named with the server and where the login comes from', async () => {
    const { server } = await basic();
    const { host } = new URL(server.url);
    const hint = async (env: Readonly<Record<string, string>>, from = server) =>
      (await failureOf(read(await start(from, { access: '*', env })))).hint;
    const wrong = { NOTARY_AUTH: Buffer.from('user:wrong').toString('base64') };
    const login = `"docker login ${host}"`;
    expect(await hint({})).toBe(
      `Log in to ${host} with ${login}, or set NOTARY_AUTH to the base64 form of user:password, of an account that may do this.`,
    );
    expect(await hint(wrong)).toMatch(
      new RegExp(`^NOTARY_AUTH is set, and is the only login that ${host} gets: .* log in with ${login}\\.$`),
    );
    const { server: guarded } = await world({ token: (response) => void response.writeHead(403).end() });
    expect(await hint(wrong, guarded)).toContain(`login that ${new URL(guarded.url).host} gets`);
  });
});

describe('the choice of challenge', () => {
  it('the client prefers a token to a password', async () => {
    const both = await world({ challenge: (realm) => ['Basic realm="x"', `Bearer realm="${realm}"`] });
    expect(await read(await start(both.server, { access: '*', env: withAuth }))).toBe('metadata');
    expect(both.asked[0]?.authorization).toBe('Bearer user-1');
  });

  it.each(['Negotiate', ''])('the client sends nothing for the challenge "%s"', async (challenge) => {
    const { server, asked } = await world({ challenge: () => challenge });
    expect(await failureOf(read(await start(server, { access: '*', env: withAuth })))).toMatchObject(
      unauthorized,
    );
    expect(asked[0]?.authorization).toBeUndefined();
  });

  it('the client ignores the demands of another server that the ping was redirected to', async () => {
    const { server: other, tokens } = await world();
    const server = await startServer((request, response) => {
      if (request.url === '/v2/') response.writeHead(302, { Location: `${other.url}/v2/` });
      else response.writeHead(401);
      response.end();
    });
    keep(server);
    expect(await failureOf(read(await start(server, { access: '*', env: withAuth })))).toMatchObject(
      unauthorized,
    );
    expect(tokens).toEqual([]);
  });
});
