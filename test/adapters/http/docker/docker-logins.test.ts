import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialRequest } from '../../../../src/adapters/http/auth/credentials.ts';
import { type DockerLoginOptions, dockerLogins } from '../../../../src/adapters/http/docker/docker-logins.ts';
import { parseGun } from '../../../../src/metadata/gun.ts';
import { makeScratch, removeScratch } from '../../../support/genuine/scratch.ts';
import {
  endWorlds,
  read,
  start,
  type TokenWorld,
  userAuth,
  withAuth,
  world,
} from '../../../support/http-auth-rig.ts';
import { startServer, type TestServer } from '../../../support/http-rig.ts';
import { memoryLog } from '../../../support/memory-ports.ts';
import { failureOf } from '../../../support/refusal.ts';

let home = '';
beforeEach(() => {
  home = makeScratch();
  mkdirSync(join(home, '.docker'));
});
afterEach(async () => {
  await endWorlds();
  removeScratch(home);
});

const file = (): string => join(home, '.docker/config.json');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const login = (text: string): object => ({ auth: base64(text) });
const save = (config: object): void => writeFileSync(file(), JSON.stringify(config));
const saveLogins = (auths: Record<string, object>): void => save({ auths });

describe('DOCKER_AUTH_CONFIG', () => {
  const text = JSON.stringify({ auths: { 'h.example:4443': login('variable:secret') }, credsStore: 'none' });
  const env = (more: Record<string, string> = {}) => ({ HOME: home, DOCKER_AUTH_CONFIG: text, ...more });

  it('DOCKER_AUTH_CONFIG holds logins, which go before those of the file', async () => {
    saveLogins({ 'h.example:4443': login('file:secret'), 'i.example': login('other:secret') });
    const { find } = logins({ env: env() });
    expect(await find()).toMatchObject({ username: 'variable' });
    expect(await find({ serverUrl: 'https://i.example', of: 'i.example/x' })).toMatchObject({
      username: 'other',
    });
  });

  it('DOCKER_AUTH_CONFIG needs no file beside it', async () => {
    const { find } = logins({ env: env({ HOME: '' }) });
    expect(await find()).toMatchObject({ username: 'variable' });
  });

  it('DOCKER_AUTH_CONFIG that is damaged is said to be so without its content', async () => {
    saveLogins({ 'h.example:4443': login('file:secret') });
    const { find, log } = logins({ env: env({ DOCKER_AUTH_CONFIG: '{"auths":"secret"' }) });
    expect(await find()).toMatchObject({ username: 'file' });
    expect(log.records.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        message: 'Docker logins are not used: DOCKER_AUTH_CONFIG is damaged',
        code: 'DOCKER_CONFIG_UNUSABLE',
      },
    ]);
  });
});

/** A credential helper that has one answer to everything. */
function install(name: string, answer: string, status = 0): void {
  const script = `#!/bin/sh\necho called >> '${home}/calls'\ncat > /dev/null\necho '${answer}'\nexit ${status}\n`;
  writeFileSync(join(home, `docker-credential-${name}`), script, { mode: 0o755 });
}

/** How often a credential helper was called. */
const calls = (): number =>
  existsSync(join(home, 'calls')) ? readFileSync(join(home, 'calls'), 'utf8').split('\n').length - 1 : 0;

function logins(more: Partial<DockerLoginOptions> = {}) {
  const log = memoryLog();
  const source = dockerLogins({
    env: { HOME: home, PATH: `${home}:/usr/bin:/bin` },
    absolute: (path) => path,
    tlsVerified: true,
    log,
    ...more,
  });
  const find = (wish: Partial<CredentialRequest> & { of?: string } = {}) =>
    source.find({
      serverUrl: 'https://h.example:4443',
      gun: parseGun(wish.of ?? 'h.example:5000/alice/demo'),
      scheme: 'bearer',
      ask: 'always',
      ...wish,
    });
  return { source, log, find };
}

const alice = { username: 'alice', password: 'wonderland' };
/** The trust server's host as Docker would save it. */
const hostOf = (server: TestServer): string => new URL(server.url).host;

describe('a Docker login', () => {
  it('a Docker login for the trust server goes before the one for the registry', async () => {
    saveLogins({ 'h.example:4443': login('alice:wonderland'), 'h.example:5000': login('bob:builder') });
    expect(await logins().find()).toMatchObject(alice);
  });

  it('a Docker login for the registry of the same host is used when there is none for the trust server', async () => {
    saveLogins({ 'h.example:5000': login('alice:wonderland') });
    const { find, log } = logins();
    expect(await find()).toMatchObject(alice);
    expect(log.records).toEqual([
      { level: 'debug', message: `using the Docker login for h.example:5000 of ${file()}` },
    ]);
  });

  it('a Docker login for a registry elsewhere is not used, and a debug record says why', async () => {
    saveLogins({ 'https://index.docker.io/v1/': login('alice:wonderland') });
    const { find, log } = logins();
    expect(await find({ of: 'docker.io/alice/demo' })).toBeUndefined();
    expect(log.records).toEqual([
      { level: 'debug', message: `no Docker login for h.example:4443 in ${file()}` },
      {
        level: 'debug',
        message:
          'a Docker login for docker.io is not used: h.example:4443 is not known to be its trust server',
      },
    ]);
    expect(await find({ of: 'docker.io/alice/demo', serverUrl: 'https://notary.docker.io' })).toMatchObject(
      alice,
    );
  });

  it('a Docker login is looked for anew for every collection', async () => {
    saveLogins({ 'h.example:5000': login('alice:wonderland') });
    const { find } = logins();
    expect(await find({ of: 'elsewhere.example/demo' })).toBeUndefined();
    expect(await find()).toMatchObject(alice);
  });

  it('a Docker login is not used for servers that need not prove their names', async () => {
    saveLogins({ 'h.example:4443': login('alice:wonderland') });
    const { find, log } = logins({ tlsVerified: false });
    expect(await find()).toBeUndefined();
    expect(log.messages('debug')).toEqual([
      'no Docker login is used for h.example:4443: its certificate is not verified',
    ]);
  });

  it('a Docker login with an identity token alone is for token services only', async () => {
    saveLogins({ 'h.example:4443': { auth: base64('0000:'), identitytoken: 'refresh' } });
    expect(await logins().find()).toMatchObject({ identityToken: 'refresh' });
    expect(await logins().find({ scheme: 'basic' })).toBeUndefined();
  });

  it.each(['alice:', ':wonderland'])(
    'a Docker login without user name or password (%s) is none',
    async (text) => {
      saveLogins({ 'h.example:4443': login(text), 'h.example:5000': login('alice:wonderland') });
      expect(await logins().find()).toMatchObject(alice);
    },
  );
});

describe('Docker’s directory', () => {
  it('DOCKER_CONFIG goes before ~/.docker', async () => {
    saveLogins({ 'h.example:4443': login('bob:builder') });
    mkdirSync(join(home, 'other'));
    writeFileSync(
      join(home, 'other/config.json'),
      JSON.stringify({ auths: { 'h.example:4443': login('alice:wonderland') } }),
    );
    const env = { DOCKER_CONFIG: 'other', HOME: home };
    const { find } = logins({ env, absolute: (path) => join(home, path) });
    expect(await find()).toMatchObject(alice);
    expect(await logins({ env: { DOCKER_CONFIG: '', HOME: home } }).find()).toMatchObject({
      username: 'bob',
    });
  });

  it('Docker’s directory may be missing or unknown, which brings no record', async () => {
    for (const env of [{}, { HOME: '' }, { HOME: home }, { DOCKER_CONFIG: join(home, 'nowhere') }]) {
      const { find, log } = logins({ env });
      expect(await find()).toBeUndefined();
      expect(log.records).toEqual([]);
    }
  });

  it.each([
    '{"auths":{"h.example:4443":{"auth":"c2VjcmV0"}}}',
    'secret',
    '{"auths":{"secret":{},"secret":{}}}',
  ])(
    'a damaged config.json (%s) gives no login and one warning, which does not show its content',
    async (text) => {
      writeFileSync(file(), text);
      const { find, log } = logins();
      expect([await find(), await find({ of: 'other.example/x' })]).toEqual([undefined, undefined]);
      expect(log.records.filter(({ level }) => level !== 'debug')).toEqual([
        {
          level: 'warn',
          message: `Docker logins are not used: ${file()} is damaged`,
          code: 'DOCKER_CONFIG_UNUSABLE',
        },
      ]);
    },
  );

  it('a config.json that is no file is warned of, too', async () => {
    mkdirSync(file());
    const { find, log } = logins();
    expect(await find()).toBeUndefined();
    expect(log.messages('warn')).toEqual([`Docker logins are not used: read ${file()}: is a directory`]);
  });
});

describe('a credential helper', () => {
  const known = JSON.stringify({ ServerURL: '', Username: 'alice', Secret: 'wonderland' });

  it('a credential helper is asked instead of the file, once in a run', async () => {
    save({ credsStore: 'ring', auths: { 'h.example:4443': login('bob:builder') } });
    install('ring', known);
    const { find } = logins();
    expect(await Promise.all([find(), find()])).toMatchObject([alice, alice]);
    expect(calls()).toBe(1);
  });

  it('a credential helper may be there for one server only', async () => {
    save({ credHelpers: { 'h.example:4443': 'ring' }, auths: { 'h.example:5000': login('bob:builder') } });
    install('ring', 'credentials not found in native keychain', 1);
    const { find, log } = logins();
    expect(await find()).toMatchObject({ username: 'bob' });
    expect(log.messages('warn')).toEqual([]);
  });

  it('a credential helper is not asked for servers whose login could not be used', async () => {
    save({ credHelpers: { 'https://index.docker.io/v1/': 'ring' } });
    install('ring', known);
    expect(await logins().find({ of: 'docker.io/alice/demo' })).toBeUndefined();
    expect(calls()).toBe(0);
  });

  it.each([
    ['ring', 'docker-credential-ring ended with status 7'],
    ['missing', 'docker-credential-missing is not in PATH'],
    ['../ring', 'no credential helper can have the name configured'],
  ])(
    'a credential helper that fails (%s) gives no login and a warning without its output',
    async (name, reason) => {
      save({ credsStore: name });
      install('ring', 'secret', 7);
      const { find, log } = logins();
      expect(await find({ of: 'alice/demo' })).toBeUndefined();
      expect(log.records.filter(({ level }) => level !== 'debug')).toEqual([
        {
          level: 'warn',
          message: `no Docker login for h.example:4443: ${reason}`,
          code: 'CREDENTIAL_HELPER_FAILED',
        },
      ]);
    },
  );
});

describe('authorization with a Docker login', () => {
  const basic = (): Promise<TokenWorld> =>
    world({ challenge: () => 'Basic realm="x"', accepts: (token) => `Basic ${token}` === userAuth });

  it('the client asks for no password when there is a Docker login', async () => {
    for (const { server, asked } of [await world(), await basic()]) {
      saveLogins({ [hostOf(server)]: login('user:pass') });
      const run = await start(server, { access: 'push,pull', logins: logins().source, interactive: true });
      expect(await read(run)).toBe('metadata');
      expect(run.prompter.asked).toEqual([]);
      expect(asked).toHaveLength(1);
    }
  });

  it('the client reads anonymously first, and with the login when that is refused', async () => {
    const { server, tokens, asked } = await world();
    saveLogins({ [hostOf(server)]: login('user:pass') });
    const run = await start(server, { logins: logins().source });
    expect(await read(run)).toBe('metadata');
    expect(tokens.map(({ authorization }) => authorization)).toEqual([undefined, userAuth]);
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer anonymous-1', 'Bearer user-1']);
  });

  it('the client leaves NOTARY_AUTH its right, even when that is wrong', async () => {
    const { server } = await basic();
    saveLogins({ [hostOf(server)]: login('saved:login') });
    const { source } = logins();
    expect(await read(await start(server, { access: '*', env: withAuth, logins: source }))).toBe('metadata');
    saveLogins({ [hostOf(server)]: login('user:pass') });
    const wrong = await start(server, {
      access: '*',
      env: { NOTARY_AUTH: '%%%' },
      logins: logins().source,
      answers: ['user', 'pass'],
      interactive: true,
    });
    expect(await failureOf(read(wrong))).toMatchObject({ message: 'no basic auth credentials' });
    expect(wrong.log.messages('error')).toEqual(['Could not base64-decode authentication string']);
    expect(wrong.prompter.asked).toEqual([]);
  });

  it('the client asks the user when there is no login', async () => {
    const { server } = await basic();
    saveLogins({ 'h.example': login('saved:login') });
    const run = await start(server, { access: '*', logins: logins().source, answers: ['user', 'pass'] });
    expect(await read(run)).toBe('metadata');
    expect(run.prompter.asked).toHaveLength(2);
  });

  it('the client says once that the login was refused, by the server or the token service', async () => {
    const refusing = (response: ServerResponse): void => void response.writeHead(401).end();
    for (const { server } of [
      await basic(),
      await world({ accepts: () => false }),
      await world({ token: refusing }),
    ]) {
      saveLogins({ [hostOf(server)]: login('user:stale') });
      const { source, log } = logins();
      const run = await start(server, { access: '*', logins: source });
      for (const resource of ['root', 'timestamp'])
        expect(await failureOf(read(run, resource))).toMatchObject({ code: 'UNAUTHORIZED' });
      expect(log.records.filter(({ level }) => level !== 'debug')).toEqual([
        {
          level: 'warn',
          message: `the Docker login for ${hostOf(server)} of ${file()} was refused: repeat docker login, or set NOTARY_AUTH`,
          code: 'DOCKER_LOGIN_REFUSED',
        },
      ]);
    }
  });

  it('the client never sends the login over plain http, nor asks a credential helper for it', async () => {
    save({ credsStore: 'ring' });
    install('ring', JSON.stringify({ Username: 'user', Secret: 'pass' }));
    const worlds = [
      await world({ plainServer: true }),
      await world({ plainRealm: true }),
      await world({ plainServer: true, challenge: () => 'Basic' }),
    ];
    for (const { server, asked, tokens } of worlds) {
      for (const access of ['pull', '*'] as const) {
        const { source, log } = logins();
        const run = await start(server, { access, logins: source });
        expect(await failureOf(read(run))).toMatchObject({
          message: expect.stringMatching(/^credentials are not sent over plain http to /) as string,
        });
        expect([log.records, calls()]).toEqual([[], 0]);
      }
      const sent = [...asked, ...tokens].map(({ authorization }) => authorization ?? '');
      expect(sent.filter((value) => /Basic|user/.test(value))).toEqual([]);
    }
    const insecure = { TSNOTARY_INSECURE_CREDENTIALS: '1' };
    const [plain] = worlds;
    if (plain === undefined) throw new Error('no world');
    const run = await start(plain.server, { access: '*', env: insecure, logins: logins().source });
    expect(await read(run)).toBe('metadata');
  });
});

describe('an identity token', () => {
  interface Posted {
    readonly method: string | undefined;
    readonly url: string | undefined;
    readonly authorization: string | undefined;
    readonly form: Record<string, string>;
  }

  /** A token service that notes what is posted to it, and answers a redirect or as told. */
  async function tokenWorld(reply: (response: ServerResponse) => void) {
    const posted: Posted[] = [];
    const token = (response: ServerResponse, request: IncomingMessage): void => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const { method, url, headers } = request;
        const form = Object.fromEntries(new URLSearchParams(Buffer.concat(pieces).toString()));
        posted.push({ method, url, authorization: headers.authorization, form });
        reply(response);
      });
    };
    const made = await world({ token });
    saveLogins({ [hostOf(made.server)]: { auth: base64('0000:'), identitytoken: 'refresh/+= token' } });
    return { ...made, posted };
  }

  it('an identity token is exchanged for an access token at the token service, once', async () => {
    const { server, posted, asked } = await tokenWorld(
      (response) => void response.end('{"access_token":"user-1","refresh_token":"next"}'),
    );
    const run = await start(server, { access: 'push,pull', logins: logins().source });
    await Promise.all([read(run), read(run, 'root')]);
    expect(posted).toEqual([
      {
        method: 'POST',
        url: '/token?x=1',
        authorization: undefined,
        form: {
          grant_type: 'refresh_token',
          service: 'the service',
          scope: 'repository:docker.io/a/b:push,pull',
          client_id: 'tsnotary',
          refresh_token: 'refresh/+= token',
        },
      },
    ]);
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer user-1', 'Bearer user-1']);
  });

  it.each([301, 302, 303, 307, 308])(
    'an identity token is not sent on to the target of a redirect (%i)',
    async (status) => {
      const seen: string[] = [];
      const other = await startServer((request, response) => {
        seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
        response.end('{"access_token":"user-1"}');
      });
      try {
        const { server } = await tokenWorld(
          (response) => void response.writeHead(status, { Location: `${other.url}/x` }).end(),
        );
        const run = await start(server, { access: '*', logins: logins().source });
        expect(await failureOf(read(run))).toMatchObject({
          code: 'NETWORK',
          message: expect.stringContaining(`received unexpected HTTP status: ${status}`) as string,
        });
        expect(seen).toEqual([]);
      } finally {
        await other.stop();
      }
    },
  );

  it('an identity token that is not accepted is refused without being shown', async () => {
    const { server } = await tokenWorld(
      (response) =>
        void response
          .writeHead(400)
          .end('{"error":"invalid_grant","error_description":"refresh/+= token is unknown"}'),
    );
    const { source, log } = logins();
    const failure = await failureOf(read(await start(server, { access: '*', logins: source })));
    expect(failure).toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'unauthorized: the identity token is not accepted',
    });
    expect(log.records.map(({ code }) => code)).toEqual([undefined, 'DOCKER_LOGIN_REFUSED']);
    expect(JSON.stringify([failure.details, log.records])).not.toContain('refresh/');
  });
});
