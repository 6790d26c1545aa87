import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeScratch } from '../../support/genuine/scratch.ts';
import { startServer, type TestServer } from '../../support/http-rig.ts';
import { failureOf } from '../../support/refusal.ts';
import {
  endRegistries,
  keep,
  openClient,
  refuse,
  serveManifest,
  startRegistry,
} from '../../support/registry-rig.ts';

afterEach(endRegistries);

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

/** A home in which docker has saved logins by registry. */
function homeWith(auths: Record<string, object>): string {
  const home = makeScratch();
  mkdirSync(join(home, '.docker'));
  writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ auths }));
  return home;
}
const password = (text: string): object => ({ auth: Buffer.from(text).toString('base64') });

interface TokenRequest {
  readonly method: string | undefined;
  readonly query: Record<string, string>;
  readonly form: Record<string, string>;
  readonly authorization: string | undefined;
}

interface TokenWorldOptions {
  readonly plainRegistry?: boolean;
  readonly plainService?: boolean;
  /** Answers a token request in place of the service. */
  readonly token?: (response: ServerResponse, request: IncomingMessage) => void;
  /** The tokens with which the registry shows its manifests: `user` and `anonymous` are handed out. */
  readonly accepts?: readonly string[];
  readonly challenge?: (realm: string) => string;
}

/** A registry with a token service beside it, which knows alice with the password `wonderland`. */
async function tokenWorld(options: TokenWorldOptions = {}) {
  const tokens: TokenRequest[] = [];
  const service = keep(
    await startServer((request, response) => void answerToken(request, response), {
      plain: options.plainService === true,
    }),
  );
  async function answerToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { searchParams } = new URL(request.url ?? '', service.url);
    let body = '';
    for await (const piece of request) body += String(piece);
    const form = Object.fromEntries(new URLSearchParams(body));
    const { authorization } = request.headers;
    tokens.push({ method: request.method, query: Object.fromEntries(searchParams), form, authorization });
    if (options.token !== undefined) {
      options.token(response, request);
      return;
    }
    const isUser = authorization === basic('alice:wonderland') || form['refresh_token'] === 'refresh';
    const isRefused = !isUser && (authorization !== undefined || request.method === 'POST');
    if (isRefused) refuse(response, 401, 'UNAUTHORIZED');
    else response.end(JSON.stringify({ token: isUser ? 'user' : 'anonymous' }));
  }
  const realm = `${service.url}/token`;
  const challenge =
    options.challenge?.(realm) ??
    `Bearer realm="${realm}",service="the service",scope="repository:other/thing:pull,push,delete"`;
  const accepts = options.accepts ?? ['user'];
  const { domain, asked, server } = await startRegistry(
    (response, request) => {
      const [, token = ''] = /^Bearer (.*)$/.exec(request.headers.authorization ?? '') ?? [];
      if (accepts.includes(token)) serveManifest(response);
      else refuse(response, 401, 'UNAUTHORIZED', { 'WWW-Authenticate': challenge });
    },
    { plain: options.plainRegistry === true },
  );
  return { domain, asked, tokens, service, server };
}

const authorizations = (asked: readonly { authorization: string | undefined }[]) =>
  asked.map(({ authorization }) => authorization);

describe('a registry with a token service', () => {
  it('a registry with a token service is read with a token for the login, whose scope is ours', async () => {
    const { domain, asked, tokens } = await tokenWorld();
    const { read, log } = await openClient({ home: homeWith({ [domain]: password('alice:wonderland') }) });
    await read(domain);
    expect(tokens).toEqual([
      {
        method: 'GET',
        query: { account: 'alice', scope: 'repository:a/b:pull', service: 'the service' },
        form: {},
        authorization: basic('alice:wonderland'),
      },
    ]);
    expect(authorizations(asked)).toEqual([undefined, 'Bearer user']);
    expect(log.messages('warn')).toEqual([]);
  });

  it('a registry with a token service is read anonymously without a login', async () => {
    const { domain, asked, tokens } = await tokenWorld({ accepts: ['anonymous'] });
    const { read } = await openClient();
    await read(domain);
    expect(tokens).toMatchObject([
      { query: { scope: 'repository:a/b:pull', service: 'the service' }, authorization: undefined },
    ]);
    expect(authorizations(asked)).toEqual([undefined, 'Bearer anonymous']);
  });

  it('one token serves all requests for a repository, also those made at the same time', async () => {
    const { domain, asked, tokens } = await tokenWorld();
    const { read } = await openClient({ home: homeWith({ [domain]: password('alice:wonderland') }) });
    await Promise.all([read(domain, '1'), read(domain, '2'), read(domain, '3')]);
    await read(domain, '4');
    expect(tokens).toHaveLength(1);
    expect(authorizations(asked.slice(-1))).toEqual(['Bearer user']);
    await read(domain, '1', 'other');
    expect(tokens.map(({ query }) => query['scope'])).toEqual([
      'repository:a/b:pull',
      'repository:other:pull',
    ]);
  });

  it('a token that has expired is replaced', async () => {
    const { domain, tokens } = await tokenWorld();
    const { read, clock } = await openClient({ home: homeWith({ [domain]: password('alice:wonderland') }) });
    await read(domain);
    clock.advance(61_000);
    await read(domain);
    expect(tokens).toHaveLength(2);
  });

  it('a token may be called access_token', async () => {
    const { domain } = await tokenWorld({ token: (response) => response.end('{"access_token":"user"}') });
    const { read } = await openClient();
    await expect(read(domain)).resolves.toMatchObject({ size: expect.any(Number) as number });
  });

  it('an identity token is posted, and nothing else is sent along', async () => {
    const { domain, tokens } = await tokenWorld();
    const { read } = await openClient({
      home: homeWith({ [domain]: { ...password('alice:'), identitytoken: 'refresh' } }),
    });
    await read(domain);
    expect(tokens).toEqual([
      {
        method: 'POST',
        query: {},
        form: {
          grant_type: 'refresh_token',
          service: 'the service',
          scope: 'repository:a/b:pull',
          client_id: 'tsnotary',
          refresh_token: 'refresh',
        },
        authorization: undefined,
      },
    ]);
  });

  it('a login that the token service refuses is named, with the command that renews it', async () => {
    const { domain, asked } = await tokenWorld();
    const { read, log } = await openClient({ home: homeWith({ [domain]: password('alice:wrong') }) });
    expect(await failureOf(read(domain))).toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: `the token service of the registry ${domain} refuses: unauthorized: unauthorized it is`,
      hint: `Log in with "docker login ${domain}" as someone who may read the image; some registries say the same of an image that does not exist.`,
      details: { registry: domain, status: 401 },
    });
    expect(log.records.filter(({ level }) => level === 'warn')).toMatchObject([
      { code: 'DOCKER_LOGIN_REFUSED' },
    ]);
    expect(asked).toHaveLength(1);
  });

  it('a token that does not reach is no fault of the login', async () => {
    const { domain, asked } = await tokenWorld({ accepts: ['nobody'] });
    const { read, log } = await openClient({ home: homeWith({ [domain]: password('alice:wonderland') }) });
    expect(await failureOf(read(domain))).toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: `the registry ${domain} refuses ${domain}/a/b:1: UNAUTHORIZED: unauthorized it is (status 401)`,
    });
    expect(asked).toHaveLength(2);
    expect(log.messages('warn')).toEqual([]);
  });

  it('the login of another registry stays where it is', async () => {
    const { domain, tokens, service } = await tokenWorld({ accepts: ['anonymous'] });
    const host = new URL(service.url).host;
    const { read } = await openClient({
      home: homeWith({ [host]: password('alice:wonderland'), localhost: password('alice:wonderland') }),
    });
    await read(domain);
    expect(authorizations(tokens)).toEqual([undefined]);
  });
});

describe('what would travel in plain text', () => {
  it.each([
    ['token service', { plainService: true }],
    ['registry', { plainRegistry: true }],
  ])('a login is not sent when the %s speaks http, and an anonymous token is tried', async (_, plain) => {
    const world = await tokenWorld({ ...plain, accepts: ['anonymous'] });
    const home = homeWith({ [world.domain]: password('alice:wonderland') });
    await (await openClient({ home })).read(world.domain);
    expect(authorizations(world.tokens)).toEqual([undefined]);

    const closed = await tokenWorld(plain);
    const client = await openClient({ home: homeWith({ [closed.domain]: password('alice:wonderland') }) });
    expect(await failureOf(client.read(closed.domain))).toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: expect.stringMatching(/^credentials are not sent over plain http to localhost:\d+$/) as string,
      hint: 'Use https, or set TSNOTARY_INSECURE_CREDENTIALS=1 to send them all the same.',
    });
    expect(authorizations(closed.tokens)).toEqual([undefined]);
  });

  it('a login that may not be sent is asked for when the token service gives no anonymous token', async () => {
    const { domain } = await tokenWorld({
      plainService: true,
      token: (response) => refuse(response, 401, 'UNAUTHORIZED'),
    });
    const { read } = await openClient({ home: homeWith({ [domain]: password('alice:wonderland') }) });
    expect((await failureOf(read(domain))).message).toMatch(/^credentials are not sent over plain http/);
  });

  it('a login is sent over plain http when the user insists', async () => {
    const { domain, tokens } = await tokenWorld({ plainService: true, plainRegistry: true });
    const { read } = await openClient({
      home: homeWith({ [domain]: password('alice:wonderland') }),
      env: { TSNOTARY_INSECURE_CREDENTIALS: '1' },
    });
    await read(domain);
    expect(authorizations(tokens)).toEqual([basic('alice:wonderland')]);
  });
});

describe('a registry that asks for a password', () => {
  const asking = (plain = false) =>
    startRegistry(
      (response, request) => {
        if (request.headers.authorization === basic('alice:wonderland')) serveManifest(response);
        else refuse(response, 401, 'UNAUTHORIZED', { 'WWW-Authenticate': 'Basic realm="x"' });
      },
      { plain },
    );

  it('a registry that asks for a password gets it with every further request', async () => {
    const { domain, asked } = await asking();
    const { read } = await openClient({ home: homeWith({ [domain]: password('alice:wonderland') }) });
    await read(domain);
    await read(domain);
    expect(authorizations(asked)).toEqual([undefined, basic('alice:wonderland'), basic('alice:wonderland')]);
  });

  it.each([
    ['no login', {}],
    ['an identity token alone', { identitytoken: 'refresh' }],
  ])('a registry that asks for a password gets nothing from %s', async (_, entry) => {
    const { domain, asked } = await asking();
    const { read } = await openClient({ home: homeWith({ [domain]: entry }) });
    expect(await failureOf(read(domain))).toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: `the registry ${domain} asks for a password: no basic auth credentials`,
      hint: `Log in with "docker login ${domain}" as someone who may read the image; some registries say the same of an image that does not exist.`,
    });
    expect(asked).toHaveLength(1);
  });

  it('a registry that refuses a password is reported with the login that was refused', async () => {
    const { domain } = await asking();
    const { read, log } = await openClient({ home: homeWith({ [domain]: password('alice:secret-word') }) });
    const failure = await failureOf(read(domain));
    expect(failure.code).toBe('REGISTRY_UNAUTHORIZED');
    expect(log.records.filter(({ level }) => level === 'warn')).toMatchObject([
      { code: 'DOCKER_LOGIN_REFUSED' },
    ]);
    expect(JSON.stringify([failure.message, failure.hint, failure.details, log.records])).not.toContain(
      'secret-word',
    );
  });

  it('a registry in plain http gets no password unless the user insists', async () => {
    const { domain, asked } = await asking(true);
    const home = homeWith({ [domain]: password('alice:wonderland') });
    const { read } = await openClient({ home });
    expect(await failureOf(read(domain))).toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: `credentials are not sent over plain http to ${domain}`,
    });
    expect(authorizations(asked)).toEqual([undefined]);
    await (await openClient({ home, env: { TSNOTARY_INSECURE_CREDENTIALS: '1' } })).read(domain);
  });
});

describe('a token service that lies', () => {
  const circle = (response: ServerResponse, request: IncomingMessage): void =>
    void response.writeHead(307, { Location: request.url ?? '' }).end();

  it.each<[string, NonNullable<TokenWorldOptions['token']>, string, RegExp]>([
    ['no token', (response) => response.end('{}'), 'REGISTRY_INVALID', /did not include a token/],
    ['no JSON', (response) => response.end('<html>'), 'REGISTRY_INVALID', /unable to decode token response/],
    [
      'a token with a line end',
      (response) => response.end('{"token":"a\\nb: c"}'),
      'REGISTRY_INVALID',
      /malformed token/,
    ],
    [
      '2 MiB',
      (response) => response.end(`{"token":"${'a'.repeat(2 ** 21)}"}`),
      'REGISTRY_INVALID',
      /more than a token can be/,
    ],
    ['redirects in a circle', circle, 'REGISTRY_UNREACHABLE', /stopped after 10 redirects/],
    ['a broken connection', (response) => response.destroy(), 'REGISTRY_UNREACHABLE', /EOF/],
    [
      'status 503',
      (response) => response.writeHead(503).end(),
      'REGISTRY_UNAVAILABLE',
      /503 Service Unavailable/,
    ],
    [
      'status 429',
      (response) => refuse(response, 429, 'TOOMANYREQUESTS'),
      'REGISTRY_UNAVAILABLE',
      /toomanyrequests/,
    ],
    ['status 404', (response) => response.writeHead(404).end(), 'REGISTRY_INVALID', /404 Not Found/],
    ['status 403', (response) => refuse(response, 403, 'DENIED'), 'REGISTRY_UNAUTHORIZED', /denied/],
  ])('a token service that answers with %s is named', async (_, token, code, reason) => {
    const { domain } = await tokenWorld({ token });
    const { read } = await openClient();
    const failure = await failureOf(read(domain));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(reason);
    expect(failure.message).toContain(`the token service of the registry ${domain}`);
  });

  it.each([
    ['no realm', () => 'Bearer service="x"', /no realm specified/],
    ['a realm that is no URL', () => 'Bearer realm="ftp://x"', /invalid token auth challenge realm/],
  ])('a challenge with %s is refused', async (_, challenge, reason) => {
    const { domain, tokens } = await tokenWorld({ challenge });
    const { read } = await openClient();
    const failure = await failureOf(read(domain));
    expect(failure.code).toBe('REGISTRY_INVALID');
    expect(failure.message).toMatch(reason);
    expect(tokens).toEqual([]);
  });

  it('a challenge of a kind that is not known leaves the refusal as it is', async () => {
    const { domain, asked } = await tokenWorld({ challenge: () => 'Negotiate' });
    const { read } = await openClient({ home: homeWith({ [domain]: password('alice:wonderland') }) });
    expect((await failureOf(read(domain))).code).toBe('REGISTRY_UNAUTHORIZED');
    expect(authorizations(asked)).toEqual([undefined]);
  });

  it('a redirect to another host does not get the login', async () => {
    const seen: (string | undefined)[] = [];
    const other: TestServer = keep(
      await startServer((request, response) => {
        seen.push(request.headers.authorization);
        response.end('{"token":"user"}');
      }),
    );
    const { domain, tokens } = await tokenWorld({
      token: (response) => response.writeHead(307, { Location: `${other.url}/token` }).end(),
    });
    const { read } = await openClient({ home: homeWith({ [domain]: password('alice:wonderland') }) });
    await read(domain);
    expect(authorizations(tokens)).toEqual([basic('alice:wonderland')]);
    expect(seen).toEqual([undefined]);
  });
});
