import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dockerEngine } from '../../../src/adapters/engine/engine.ts';
import { engineLimits } from '../../../src/adapters/engine/engine-connection.ts';
import { openEngine } from '../../../src/composition/engine.ts';
import type { Engine } from '../../../src/ports/engine.ts';
import {
  document,
  type EngineStub,
  progress,
  type StubOptions,
  startEngineStub,
} from '../../support/engine-stub.ts';
import { certificates } from '../../support/genuine/certificates.ts';
import { makeScratch, removeScratch } from '../../support/genuine/scratch.ts';
import { memoryClock, memoryLog } from '../../support/memory-ports.ts';
import { authorityExtensions, issue } from '../../support/openssl-certificates.ts';
import { failureOf, outcomeOf, refusal } from '../../support/refusal.ts';

let folder = '';
let log = memoryLog();
const running: (Engine | EngineStub)[] = [];
beforeEach(() => {
  folder = makeScratch();
  log = memoryLog();
});
afterEach(async () => {
  for (const part of running.splice(0)) await ('stop' in part ? part.stop() : part.close());
  removeScratch(folder);
});

const app = { domain: 'localhost:5000', path: 'app' };
const alpine = { domain: 'docker.io', path: 'library/alpine' };
const digest = `sha256:${'a'.repeat(64)}`;
const pushed = { aux: { Tag: '1', Digest: digest, Size: 5 } };
const nothing = (): void => undefined;

async function engineAt(env: Record<string, string>): Promise<Engine> {
  const all: Record<string, string> = { DOCKER_CONFIG: folder, PATH: '/usr/bin:/bin', ...env };
  const engine = await openEngine({
    environment: { get: (name) => all[name] },
    absolute: (path) => path,
    clock: memoryClock(),
    log,
  });
  running.push(engine);
  return engine;
}

async function stubbed(options: Omit<StubOptions, 'path'> = {}) {
  const path = join(folder, 'engine.sock');
  const stub = await startEngineStub({ ...options, path });
  running.push(stub);
  return { stub, engine: await engineAt({ DOCKER_HOST: `unix://${path}` }) };
}

const sent = ({ requests }: EngineStub) => requests.map(({ method, url }) => `${method} ${url}`);
const saveLogin = (auths: object): void =>
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths }));
const loginOf = (stub: EngineStub): unknown => {
  const header = stub.requests.at(-1)?.headers['x-registry-auth'];
  return typeof header === 'string' ? JSON.parse(Buffer.from(header, 'base64url').toString()) : undefined;
};

describe('reaching an engine', () => {
  it.each([
    ['1.43', 'v1.43'],
    ['1.99', 'v1.50'],
    ['2.0', 'v1.50'],
    [undefined, 'v1.24'],
    ['nonsense', 'v1.24'],
  ])('the version of the API is the older of both sides: %s', async (version, spoken) => {
    const { stub, engine } = await stubbed({ version, answer: progress(pushed) });
    await engine.push(app, '1', nothing);
    expect(sent(stub)).toEqual(['HEAD /_ping', `POST /${spoken}/images/localhost:5000/app/push?tag=1`]);
    expect(stub.requests[0]?.headers.host).toBe('api.moby.localhost');
  });

  it('an engine that answers is known by its ping, which is sent once', async () => {
    const { stub, engine } = await stubbed();
    expect([await engine.answers(), await engine.answers()]).toEqual([true, true]);
    expect(sent(stub)).toEqual(['HEAD /_ping']);
  });

  it('an engine behind something that knows no HEAD is asked by GET', async () => {
    const { stub, engine } = await stubbed({
      everything: (response, { method }) => {
        response
          .writeHead(method === 'HEAD' ? 405 : 200, method === 'HEAD' ? {} : { 'Api-Version': '1.41' })
          .end();
      },
    });
    expect(await engine.answers()).toBe(true);
    expect(sent(stub)).toEqual(['HEAD /_ping', 'GET /_ping']);
  });

  it('no engine, a file in place of its socket, and a port where nobody listens are said as docker does', async () => {
    writeFileSync(join(folder, 'file'), '');
    for (const host of [
      `unix://${folder}/none`,
      `unix://${folder}/file/x`,
      `unix://${folder}/file`,
      'tcp://127.0.0.1:1',
    ]) {
      const engine = await engineAt({ DOCKER_HOST: host });
      expect(await engine.answers()).toBe(false);
      expect(await failureOf(engine.image('alpine:1'))).toEqual(
        refusal(
          'ENGINE_UNREACHABLE',
          `Cannot connect to the Docker daemon at ${host}. Is the docker daemon running?`,
          { engine: host },
        ),
      );
    }
  });

  it('a context that is not there is no engine, and its error says so', async () => {
    const engine = await engineAt({ DOCKER_CONTEXT: 'gone' });
    expect(await engine.answers()).toBe(false);
    expect(await failureOf(engine.push(app, '1', nothing))).toEqual(
      refusal('ENGINE_UNREACHABLE', /^context "gone": context not found/),
    );
  });

  it('what listens and speaks no HTTP, or an error, is no engine that could be used', async () => {
    const { engine } = await stubbed({ everything: (response) => response.socket?.end('SSH-2.0-x\r\n') });
    expect((await failureOf(engine.image('alpine:1'))).code).toBe('ENGINE_UNREACHABLE');
    const path = join(folder, 'sick.sock');
    const stub = await startEngineStub({ path, everything: document(503, { message: 'starting' }) });
    running.push(stub);
    const sick = await engineAt({ DOCKER_HOST: `unix://${path}` });
    expect(await sick.answers()).toBe(false);
    expect(await failureOf(sick.image('alpine:1'))).toEqual(
      refusal('ENGINE_REFUSED', 'Error response from daemon: starting'),
    );
  });

  it('an engine over TLS must have a certificate of the CA, and gets none of the login otherwise', async () => {
    const { caCertificate, serverCertificate, serverKey } = await certificates();
    const stub = await startEngineStub({
      tls: { cert: readFileSync(serverCertificate), key: readFileSync(serverKey) },
      answer: progress(pushed),
    });
    running.push(stub);
    const folderOf = (name: string, ca: string): string => {
      const made = join(folder, name);
      mkdirSync(made);
      copyFileSync(ca, join(made, 'ca.pem'));
      copyFileSync(serverCertificate, join(made, 'cert.pem'));
      copyFileSync(serverKey, join(made, 'key.pem'));
      return made;
    };
    const env = { DOCKER_HOST: `tcp://localhost:${stub.port}`, DOCKER_TLS_VERIFY: '1' };
    const right = await engineAt({ ...env, DOCKER_CERT_PATH: folderOf('right', caCertificate) });
    expect(await right.push(app, '1', nothing)).toHaveLength(1);
    const before = stub.requests.length;
    const other = await issue({ name: 'another authority', extensions: authorityExtensions });
    const wrong = await engineAt({ ...env, DOCKER_CERT_PATH: folderOf('wrong', other.files.certificate) });
    expect(await failureOf(wrong.push(app, '1', nothing))).toEqual(
      refusal('ENGINE_UNREACHABLE', /^error during connect to tcp:\/\/localhost:\d+: .*certificate/),
    );
    const missing = await engineAt({ ...env, DOCKER_CERT_PATH: join(folder, 'nowhere') });
    expect((await failureOf(missing.push(app, '1', nothing))).code).toBe('TLS_CONFIG_INVALID');
    expect(stub.requests.length).toBe(before);
  });

  it('an engine that goes silent is given up', async () => {
    const path = join(folder, 'engine.sock');
    const stub = await startEngineStub({
      path,
      answer: (response) => response.writeHead(200, {}).write('{"status":"one"}\n'),
    });
    running.push(stub);
    const engine = dockerEngine({
      env: { DOCKER_HOST: `unix://${path}`, DOCKER_CONFIG: folder },
      absolute: (name) => name,
      clock: memoryClock(),
      log,
      limits: { ...engineLimits, streamIdle: 50 },
    });
    running.push(engine);
    expect(await failureOf(engine.push(app, '1', nothing))).toEqual(
      refusal('ENGINE_UNREACHABLE', /broke off its answer: it has stopped sending$/),
    );
  });
});

describe('an image of an engine', () => {
  const found = (body: object) => stubbed({ answer: document(200, body) });

  it('an image that the engine does not have is undefined, and every other failure is one', async () => {
    const absent = await stubbed({ answer: document(404, { message: 'No such image: alpine:1' }) });
    expect(await absent.engine.image('alpine:1')).toBeUndefined();
    for (const [status, body, words] of [
      [404, { message: 'page not found' }, 'page not found'],
      [500, { message: 'disk\u001b[2J on fire' }, 'disk [2J on fire'],
      [500, {}, '{}'],
      [301, '', '""'],
    ] as const) {
      await absent.stub.stop();
      const { engine } = await stubbed({ answer: document(status, body) });
      expect(await failureOf(engine.image('alpine:1'))).toEqual(
        refusal('ENGINE_REFUSED', `Error response from daemon: ${words}`, { status }),
      );
      await running
        .filter((part) => 'stop' in part)
        .at(-1)
        ?.stop();
    }
  });

  it('an image of the older store is one; of the containerd store the images that are held count', async () => {
    const { stub, engine } = await found({ Id: digest });
    expect(await engine.image('localhost:5000/app:1')).toEqual({ id: digest, platforms: 1 });
    expect(sent(stub)[1]).toBe('GET /v1.50/images/localhost:5000/app:1/json?manifests=1');
    await stub.stop();
    const held = (Kind: string, Available: boolean) => ({ Kind, Available, ID: digest });
    const Manifests = [
      held('image', true),
      held('image', true),
      held('image', false),
      held('attestation', true),
    ];
    const several = await found({ Id: digest, Manifests });
    expect(await several.engine.image('alpine@sha256:11')).toEqual({ id: digest, platforms: 2 });
  });

  it('an engine of an older version is not asked for manifests', async () => {
    const { stub, engine } = await stubbed({ version: '1.47', answer: document(200, { Id: digest }) });
    await engine.image('alpine:1');
    expect(sent(stub)[1]).toBe('GET /v1.47/images/alpine:1/json');
  });

  it('a description that is none is refused, and so is one without an end', async () => {
    const { engine, stub } = await found({ Id: 5 });
    expect((await failureOf(engine.image('alpine:1'))).code).toBe('ENGINE_REFUSED');
    await stub.stop();
    const endless = await stubbed({
      answer: (response) => {
        response.writeHead(200, {});
        const more = (): void => {
          if (!response.destroyed) response.write('x'.repeat(1024 * 1024), () => setImmediate(more));
        };
        more();
      },
    });
    expect(await failureOf(endless.engine.image('alpine:1'))).toEqual(
      refusal('ENGINE_REFUSED', 'the Docker daemon sent an answer without an end'),
    );
  });

  it.each(['../../containers/json', 'a?b', 'a#b', 'a b', 'a//b', './a', '', 'a%2fb'])(
    'a reference that would be another path is sent nowhere: %j',
    async (reference) => {
      const { stub, engine } = await stubbed();
      expect(await failureOf(engine.image(reference))).toEqual(refusal('USAGE', 'invalid reference format'));
      expect(sent(stub).filter((line) => !line.endsWith('_ping'))).toEqual([]);
    },
  );
});

describe('pushing, pulling and tagging', () => {
  it('a push shows the lines of the engine and gives what it has pushed', async () => {
    const { engine } = await stubbed({ answer: progress({ status: 'Pushed', id: 'abc' }, pushed) });
    const lines: string[] = [];
    expect(await engine.push(app, '1', (line) => lines.push(line))).toEqual([{ tag: '1', digest, size: 5 }]);
    expect(lines).toEqual(['abc: Pushed']);
  });

  it('a push without a result gives none', async () => {
    const { engine } = await stubbed({ answer: progress({ status: 'done' }) });
    expect(await engine.push(app, '1', nothing)).toEqual([]);
  });

  it('a failure before the stream and one in it are failures', async () => {
    const early = await stubbed({ answer: document(404, { message: 'no such tag' }) });
    expect(await failureOf(early.engine.push(app, '1', nothing))).toEqual(
      refusal('ENGINE_REFUSED', 'Error response from daemon: no such tag'),
    );
    await early.stub.stop();
    const late = await stubbed({
      answer: progress(pushed, { error: 'denied', errorDetail: { message: 'denied' } }),
    });
    expect(await failureOf(late.engine.push(app, '1', nothing))).toEqual(refusal('ENGINE_REFUSED', 'denied'));
  });

  it.each([
    ['chunked', { 'Transfer-Encoding': 'chunked' }],
    ['with a length', { 'Content-Length': '5000' }],
    ['until the connection ends', { Connection: 'close', 'Transfer-Encoding': 'identity' }],
  ])('a stream that breaks off is no success, whatever came before: %s', async (_, headers) => {
    const { engine } = await stubbed({
      answer: (response) => {
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
        const body = `${JSON.stringify(pushed)}\n`;
        const framed =
          'Transfer-Encoding' in headers && headers['Transfer-Encoding'] === 'chunked'
            ? `${body.length.toString(16)}\r\n${body}\r\n`
            : body;
        response.socket?.end(`HTTP/1.1 200 OK\r\n${lines.join('')}\r\n${framed}`);
      },
    });
    expect((await failureOf(engine.push(app, '1', nothing))).code).toBe('ENGINE_UNREACHABLE');
  });

  it('a pull names the digest, and tagging both names, as docker does', async () => {
    const { stub, engine } = await stubbed({
      answer: (response, request) =>
        request.url.includes('/tag?')
          ? response.writeHead(201).end()
          : progress({ status: 'Status: Downloaded' })(response, request),
    });
    await engine.pull(alpine, digest, nothing);
    await engine.tag(`alpine@${digest}`, alpine, '3');
    expect(sent(stub).slice(1)).toEqual([
      `POST /v1.50/images/create?fromImage=docker.io%2Flibrary%2Falpine&tag=${encodeURIComponent(digest)}`,
      `POST /v1.50/images/alpine@${digest}/tag?repo=docker.io%2Flibrary%2Falpine&tag=3`,
    ]);
  });
});

it('an engine that would pass over the platform is asked to push and pull nothing', async () => {
  for (const [version, push, pull] of [
    ['1.45', 'ENGINE_REFUSED', undefined],
    ['1.31', 'ENGINE_REFUSED', 'ENGINE_REFUSED'],
  ] as const) {
    const { stub, engine } = await stubbed({ version, answer: progress({ status: 'done' }) });
    expect((await outcomeOf(engine.push(app, '1', nothing, 'linux/arm64')))?.code).toBe(push);
    expect((await outcomeOf(engine.pull(app, digest, nothing, 'linux/arm64')))?.code).toBe(pull);
    expect(sent(stub).filter((line) => line.startsWith('POST'))).toHaveLength(pull === undefined ? 1 : 0);
    await stub.stop();
  }
});

describe('the login for a registry', () => {
  const auth = Buffer.from('alice:wonderland').toString('base64');

  it('the login that docker has saved for the registry of the image is handed to the engine, and no other', async () => {
    saveLogin({
      'localhost:5000': { auth },
      'https://index.docker.io/v1/': { auth, identitytoken: 'refresh' },
    });
    const { stub, engine } = await stubbed({ answer: progress(pushed) });
    await engine.push(app, '1', nothing);
    expect(loginOf(stub)).toEqual({
      username: 'alice',
      password: 'wonderland',
      serveraddress: 'localhost:5000',
    });
    await engine.push(alpine, '1', nothing);
    expect(loginOf(stub)).toEqual({
      username: 'alice',
      password: 'wonderland',
      serveraddress: 'https://index.docker.io/v1/',
      identitytoken: 'refresh',
    });
    await engine.push({ domain: 'other.example', path: 'x' }, '1', nothing);
    expect(loginOf(stub)).toEqual({});
    await engine.image('localhost:5000/app:1').catch(nothing);
    expect(stub.requests.at(-1)?.headers).not.toHaveProperty('x-registry-auth');
  });

  it('a login is in no message, even where the engine repeats it', async () => {
    saveLogin({ 'localhost:5000': { auth } });
    const repeat = (request: { readonly headers: Readonly<Record<string, unknown>> }): string =>
      `no ${String(request.headers['x-registry-auth'])} ${auth} wonderland`;
    const { engine, stub } = await stubbed({
      answer: (response, request) =>
        progress({ status: repeat(request) }, { error: repeat(request) })(response, request),
    });
    const lines: string[] = [];
    const failure = await failureOf(engine.push(app, '1', (line) => lines.push(line)));
    expect([failure.message, ...lines]).toEqual(['no *** *** ***', 'no *** *** ***']);
    await stub.stop();
    const early = await stubbed({
      answer: (response, request) => document(500, { message: repeat(request) })(response, request),
    });
    expect((await failureOf(early.engine.push(app, '1', nothing))).message).toBe(
      'Error response from daemon: no *** *** ***',
    );
    expect(JSON.stringify(log.records)).not.toMatch(/wonderland|YWxpY2U/);
  });

  it('a damaged config.json and a helper that fails are warnings, and the engine gets no login', async () => {
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ credsStore: 'none-such' }));
    const { stub, engine } = await stubbed({ answer: progress(pushed) });
    await engine.push(app, '1', nothing);
    expect(loginOf(stub)).toEqual({});
    expect(log.records.filter(({ level }) => level === 'warn')).toEqual([
      expect.objectContaining({ code: 'CREDENTIAL_HELPER_FAILED' }),
    ]);
    writeFileSync(
      join(folder, 'config.json'),
      JSON.stringify({ auths: { 'localhost:5000': { auth: '%' } } }),
    );
    await engine.push(app, '1', nothing);
    expect(log.records.at(-1)).toMatchObject({ level: 'warn', code: 'DOCKER_CONFIG_UNUSABLE' });
  });
});
