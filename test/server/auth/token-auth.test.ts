import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handleWithTokens, type TokenAuth } from '../../../src/server/auth/token-auth.ts';
import { parseScope, readToken, writeToken } from '../../../src/server/auth/tokens.ts';
import { parseUsers } from '../../../src/server/auth/users.ts';
import type { NotaryServer } from '../../../src/server/server.ts';
import { memoryServerStore } from '../../../src/server/store/memory-store.ts';
import { available } from '../../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../../support/genuine/stage.ts';
import { type MemoryClock, memoryClock, seededRandom } from '../../support/memory-ports.ts';
import { refusal } from '../../support/refusal.ts';

const secret = seededRandom('secret')(32);
const auth: TokenAuth = { users: new Map(Object.entries({ alice: 'wonder:land', bob: 'build' })), secret };

let clock: MemoryClock;
let server: NotaryServer;
beforeEach(() => {
  clock = memoryClock();
  server = { store: memoryServerStore(), clock, random: seededRandom() };
});

interface Answer {
  readonly status: number;
  readonly challenge: string;
  readonly body: string;
}

type Headers = Readonly<Record<string, string>>;

async function ask(method: string, path: string, headers: Headers = {}, body = ''): Promise<Answer> {
  const reply = await handleWithTokens(server, auth, { method, path, headers, body: Buffer.from(body) });
  return {
    status: reply.status,
    challenge: reply.headers['www-authenticate'] ?? '',
    body: Buffer.from(reply.body).toString(),
  };
}

const basic = (login: string) => ({ authorization: `Basic ${Buffer.from(login).toString('base64')}` });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

interface Granted {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_token?: string;
}

async function granted(query: string, headers: Headers = {}): Promise<Granted> {
  const { status, body } = await ask('GET', `/token?${query}`, headers);
  expect(status).toBe(200);
  return JSON.parse(body) as Granted;
}

const scope = (actions: string, gun = 'example.com/a') => `scope=repository%3A${gun}%3A${actions}`;
const root = '/v2/example.com/a/_trust/tuf/root.json';
const uploads = '/v2/example.com/a/_trust/tuf/';

describe('a server that wants tokens', () => {
  it.each([
    ['nobody', 'pull', undefined, 'GET', root, 404],
    ['nobody', 'push,pull', undefined, 'POST', uploads, 401],
    ['a user', 'pull', 'bob:build', 'POST', uploads, 401],
    ['a user', 'push,pull', 'alice:wonder:land', 'POST', uploads, 400],
    ['a user', '*', 'alice:wonder:land', 'POST', uploads, 400],
    ['a user', 'push,pull', 'alice:wonder:land', 'DELETE', uploads, 401],
    ['a user', '*', 'alice:wonder:land', 'DELETE', uploads, 200],
    ['a user', 'push', 'alice:wonder:land', 'GET', `${uploads}timestamp.key`, 401],
    ['a user', 'push,pull', 'alice:wonder:land', 'GET', `${uploads}timestamp.key`, 200],
    ['a user', 'push,pull', 'alice:wonder:land', 'POST', `${uploads}timestamp.key`, 401],
    ['a user', '*', 'alice:wonder:land', 'POST', `${uploads}timestamp.key`, 200],
  ])(
    'a server that gave %s a token for %s (%s) answers %s %s with %i',
    async (_, actions, login, method, path, wanted) => {
      const { token } = await granted(scope(actions), login === undefined ? {} : basic(login));
      expect((await ask(method, path, bearer(token))).status).toBe(wanted);
    },
  );

  it('a server that wants tokens needs another one for another collection, and one for the catalog', async () => {
    const { token } = await granted(scope('pull', 'example.com/b'), basic('bob:build'));
    expect(await ask('GET', root, bearer(token))).toMatchObject({
      status: 401,
      challenge: expect.stringMatching(/error="insufficient_scope"$/) as string,
    });
    const { token: catalog } = await granted('scope=registry:catalog:*', basic('bob:build'));
    for (const path of ['/v2/', '/v2/_trust/changefeed?records=1']) {
      expect((await ask('GET', path, bearer(catalog))).status).toBe(200);
    }
  });

  it('a server that wants tokens accepts any token of a user as a greeting, and no other token', async () => {
    const [mine, anybodys] = [await granted('', basic('bob:build')), await granted(scope('pull'))];
    expect((await ask('GET', '/v2/', bearer(mine.token))).status).toBe(200);
    expect((await ask('GET', '/v2/', bearer(anybodys.token))).status).toBe(401);
    expect((await ask('GET', '/v2/_trust/changefeed?records=1', bearer(mine.token))).status).toBe(401);
  });

  it('a server that wants tokens takes several scopes in one request, and gives what it may', async () => {
    const { token } = await granted(`${scope('push,pull')}&${scope('pull', 'b')}&scope=nonsense`);
    const claims = readToken(secret, token, clock.now().getTime() / 1000);
    expect(claims).toMatchObject({
      user: '',
      access: [
        { name: 'example.com/a', actions: ['pull'] },
        { name: 'b', actions: ['pull'] },
      ],
    });
  });

  it('a server that wants tokens takes a token no longer than the announced time', async () => {
    const { token, access_token: same, expires_in: seconds } = await granted(scope('pull'));
    expect(same).toBe(token);
    clock.advance((seconds - 1) * 1000);
    expect((await ask('GET', root, bearer(token))).status).toBe(404);
    clock.advance(1000);
    expect((await ask('GET', root, bearer(token))).challenge).toMatch(/error="invalid_token"$/);
  });

  it.each([
    [
      'of another server',
      () => writeToken(seededRandom('other')(32), { user: '', access: [], expires: 2e9 }),
    ],
    ['without a signature', () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['with one byte changed', (token: string) => token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
    ['with other claims', (token: string) => token.replace(/\.[^.]+\./, '.e30.')],
    ['that is a word', () => 'x'],
  ])('a server that wants tokens does not take one %s', async (_, forged) => {
    const { token } = await granted(scope('pull'));
    const { status, challenge } = await ask('GET', root, bearer(forged(token)));
    expect([status, challenge.endsWith('error="invalid_token"')]).toEqual([401, true]);
  });

  it.each([
    ['a wrong password', 'alice:wonder'],
    ['no password', 'alice:'],
    ['an unknown user', 'carol:build'],
    ['no colon', 'alice'],
  ])('a server that wants tokens gives nothing for %s', async (_, login) => {
    const { status, body } = await ask('GET', `/token?${scope('pull')}`, basic(login));
    expect([status, JSON.parse(body)]).toMatchObject([401, { errors: [{ code: 'UNAUTHORIZED' }] }]);
    expect(body).not.toContain('wonder');
  });

  it('a server that wants tokens takes a form with a password, or with the refresh token that it has given for one', async () => {
    const post = (form: Record<string, string>) =>
      ask(
        'POST',
        '/token',
        {},
        new URLSearchParams({ scope: 'repository:example.com/a:push,pull', ...form }).toString(),
      );
    const password = { grant_type: 'password', username: 'alice', password: 'wonder:land' };
    expect((await post(password)).status).toBe(200);
    expect((await post({ ...password, password: 'x' })).status).toBe(401);
    const { refresh_token: refresh = '' } = await granted('offline_token=true', basic('alice:wonder:land'));
    const answer = await post({ grant_type: 'refresh_token', refresh_token: refresh });
    const { token } = JSON.parse(answer.body) as Granted;
    expect((await ask('POST', uploads, bearer(token))).status).toBe(400);
    for (const wrong of [
      refresh.replace(/^[^.]+/, Buffer.from('bob').toString('base64url')),
      '',
      'a.b',
      `${refresh}x`,
    ]) {
      expect((await post({ grant_type: 'refresh_token', refresh_token: wrong })).status).toBe(401);
    }
    expect((await post({ grant_type: 'client_credentials' })).status).toBe(401);
    expect((await granted('offline_token=true')).refresh_token).toBeUndefined();
    // It goes with the password.
    const changed = { ...auth, users: new Map([['alice', 'other']]) };
    const body = Buffer.from(`grant_type=refresh_token&refresh_token=${refresh}`);
    const later = await handleWithTokens(server, changed, {
      method: 'POST',
      path: '/token',
      headers: {},
      body,
    });
    expect(later.status).toBe(401);
  });

  it.each([
    ['localhost:4443', 'https://localhost:4443/token'],
    ['127.0.0.1:4443', 'https://127.0.0.1:4443/token'],
    ['[::1]:4443', 'https://[::1]:4443/token'],
    ['evil.example.com', 'https://localhost/token'],
    ['localhost:4443/x', 'https://localhost/token'],
    ['localhost.evil.example.com', 'https://localhost/token'],
  ])('a server called %s sends passwords to %s and nowhere else', async (host, realm) => {
    expect((await ask('GET', '/v2/', { Host: host })).challenge).toContain(`Bearer realm="${realm}",`);
  });

  it('a server that wants tokens keeps a name within its quotes', async () => {
    const { challenge } = await ask('GET', '/v2/a%22,x=%22%5C%0a%C3%A4/_trust/tuf/root.json');
    expect(challenge).toContain('scope="repository:a\\",x=\\"\\\\?Ã¤:pull"');
  });

  it('a server that wants tokens has no token for other methods', async () => {
    expect((await ask('PUT', '/token')).status).toBe(404);
  });
});

describe('a scope', () => {
  it.each([
    [
      'repository:localhost:5000/a:pull,push',
      { type: 'repository', name: 'localhost:5000/a', actions: ['pull', 'push'] },
    ],
    ['registry:catalog:*', { type: 'registry', name: 'catalog', actions: ['*'] }],
    ['repository:a:', { type: 'repository', name: 'a', actions: [] }],
    ['repository:a', undefined],
    [':a:pull', undefined],
    ['', undefined],
  ])('the scope %s means %j', (text, wanted) => {
    expect(parseScope(text)).toEqual(wanted);
  });
});

describe('a file of users', () => {
  it('a file of users has a line for each, and remarks', () => {
    const text = '# us\n\nalice:wonder:land \r\n  \nbob:#1\n';
    expect([...parseUsers(Buffer.from(text), 'users')]).toEqual([
      ['alice', 'wonder:land '],
      ['bob', '#1'],
    ]);
  });

  it.each([
    ['without a colon', 'a:b\nsecret', 2],
    ['without a name', ':secret', 1],
    ['without a password', 'secret:', 1],
    ['that repeats a name', 'secret:b\n#\nsecret:c', 3],
  ])('a file of users with a line %s is refused by its number', (_, text, line) => {
    expect(() => parseUsers(Buffer.from(text), 'users')).toThrow(
      refusal('USERS_FILE_INVALID', new RegExp(`^line ${line} of users (?!.*secret)`)),
    );
  });
});

describe.skipIf(!available('notary-server', 'openssl'))('a client that is challenged', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await genuineStage({ auth: 'token', users: { alice: 'wonder:land', bob: 'build' } });
  });
  afterAll(() => stage.close());

  function askGenuine(method: string, path: string, headers: Headers): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ca = readFileSync(stage.certificates.caCertificate);
      const outgoing = request(new URL(path, stage.url), { method, ca, headers }, (incoming) => {
        let body = '';
        incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
        incoming.once('end', () => {
          const { statusCode: status = 0 } = incoming;
          resolve({ status, challenge: incoming.headers['www-authenticate'] ?? '', body });
        });
      });
      outgoing.once('error', reject);
      outgoing.end();
    });
  }

  const parted = ({ status, challenge, body }: Answer) => ({
    ...{ status, body },
    // The genuine server names actions in the order of a Go map.
    challenge: challenge
      .replace(/realm="[^"]*",service="[^"]*"/, 'realm and service')
      .replace(':pull,push"', ':push,pull"'),
  });

  it.each([
    ['GET', '/v2/'],
    ['GET', '/_notary_server/health'],
    ['GET', root],
    ['GET', '/v2/example.com/a/_trust/tuf/1.root.json'],
    ['GET', `/v2/example.com/a/_trust/tuf/targets/releases.${'0'.repeat(64)}.json`],
    ['POST', uploads],
    ['DELETE', uploads],
    ['GET', `${uploads}timestamp.key`],
    ['POST', `${uploads}snapshot.key`],
    ['GET', '/v2/example.com/a/_trust/changefeed?records=1'],
    ['GET', '/v2/_trust/changefeed?records=1'],
    ['GET', '/nothing'],
    ['PUT', uploads],
    ['HEAD', root],
    ['PATCH', root],
    ['GET', '/v2//example.com/a/_trust/tuf/root.json'],
    ['GET', '/v2/a%22b%5C/_trust/tuf/root.json'],
  ])('a client that sends %s %s hears what the genuine server says', async (method, path) => {
    for (const headers of [{}, bearer('no.good.token'), basic('alice:wonder:land')] as const) {
      const [ours, genuine] = [await ask(method, path, headers), await askGenuine(method, path, headers)];
      expect(parted(ours)).toEqual(parted(genuine));
    }
  });

  it.each([
    ['GET', root, 'pull'],
    ['POST', uploads, 'pull'],
    ['DELETE', uploads, 'push,pull'],
    ['DELETE', uploads, '*'],
    ['GET', `${uploads}snapshot.key`, 'pull'],
    ['GET', '/v2/example.com/b/_trust/tuf/root.json', 'pull'],
  ])(
    'a client that sends %s %s with a token for %s hears what the genuine server says',
    async (method, path, actions) => {
      const wish = `service=${stage.tokens.auth.service}&${scope(actions)}`;
      const login = basic('alice:wonder:land');
      const theirs = await askGenuine('GET', `${stage.tokens.auth.realm}?${wish}`, login);
      const [ours, genuine] = [
        await ask(method, path, bearer((await granted(wish, login)).token)),
        await askGenuine(method, path, bearer((JSON.parse(theirs.body) as Granted).token)),
      ];
      expect(parted(ours)).toEqual(parted(genuine));
    },
  );
});
