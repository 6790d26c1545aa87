import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Access } from '../../../src/adapters/http/auth/authorization.ts';
import { type Connection, connect } from '../../../src/adapters/http/notary/connect.ts';
import { asObject, readJson } from '../../../src/encoding/json.ts';
import { parseGun } from '../../../src/metadata/gun.ts';
import { type Certificates, certificates } from '../../support/genuine/certificates.ts';
import { type DelayingProxy, startDelayingProxy } from '../../support/genuine/delaying-proxy.ts';
import { type NotaryServer, startNotaryServer } from '../../support/genuine/notary-server.ts';
import { available, mustRun } from '../../support/genuine/programs.ts';
import { makeScratch } from '../../support/genuine/scratch.ts';
import { startTokenService, type TokenService } from '../../support/genuine/token-service.ts';
import { memoryClock, memoryLog, scriptedPrompter } from '../../support/memory-ports.ts';
import { failureOf } from '../../support/refusal.ts';

const gun = parseGun('example.com/col lection');
const mebibyte = 1024 * 1024;
const open: Connection[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.close()));
});

async function start(
  serverUrl: string,
  access: Access,
  env: Record<string, string> = {},
): Promise<Connection> {
  const tls = { rootCa: (await certificates()).caCertificate, skipVerify: false };
  const ports = { prompter: scriptedPrompter(), log: memoryLog(), clock: memoryClock() };
  const connection = await connect({ serverUrl, tls, env, access, ...ports });
  open.push(connection);
  return connection;
}

const passphrases = {
  NOTARY_ROOT_PASSPHRASE: 'passphrase',
  NOTARY_TARGETS_PASSPHRASE: 'passphrase',
  NOTARY_SNAPSHOT_PASSPHRASE: 'passphrase',
};

/** Makes a collection with the genuine client. */
async function initialize(
  certs: Certificates,
  serverUrl: string,
  env: Record<string, string> = {},
): Promise<void> {
  const home = makeScratch();
  const args = ['-s', serverUrl, '-d', join(home, 'trust'), '--tlscacert', certs.caCertificate];
  await mustRun('notary', [...args, 'init', '-p', gun], {
    env: { HOME: home, ...passphrases, ...env },
  });
}

describe.skipIf(!available('notary', 'notary-server', 'openssl'))('the genuine server', () => {
  let certs: Certificates;
  let server: NotaryServer;
  let proxy: DelayingProxy;

  beforeAll(async () => {
    certs = await certificates();
    server = await startNotaryServer({ certificates: certs });
    proxy = await startDelayingProxy({ behind: server.port, roundTrip: 0 });
    await initialize(certs, server.url);
  });

  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  it('the genuine server answers 21 reads, sent with the ping on one connection', async () => {
    const before = (await server.requests()).length;
    const store = (await start(proxy.url, 'pull')).remoteStore(gun);
    const bodies = await Promise.all(Array.from({ length: 21 }, () => store.get('timestamp', mebibyte)));
    expect(new Set(bodies.map((body) => Buffer.from(body).toString())).size).toBe(1);
    expect(asObject(readJson(bodies[0] ?? Buffer.of()), 'timestamp').has('signed')).toBe(true);
    expect(proxy.connections()).toBe(1);
    expect((await server.requests()).length - before).toBe(22);
  });

  it('the genuine server serves metadata by name, by version and by checksum', async () => {
    const store = (await start(server.url, 'pull')).remoteStore(gun);
    const [root, first] = await Promise.all([store.get('root', mebibyte), store.get('1.root', mebibyte)]);
    expect(Buffer.from(first).equals(root)).toBe(true);
    const error = await failureOf(store.get(`targets.${'0'.repeat(64)}`, 100));
    expect(error).toMatchObject({
      code: 'METADATA_NOT_FOUND',
      message: `targets.${'0'.repeat(64)} trust data unavailable.  Has a notary repository been initialized?`,
    });
    expect(await failureOf(store.get('root', root.length - 1))).toMatchObject({ code: 'MALICIOUS_SERVER' });
  });

  it('the genuine server says why it refuses an upload', async () => {
    const store = (await start(server.url, 'push,pull')).remoteStore(gun);
    expect(await failureOf(store.publish(new Map([['targets', Buffer.from('{}')]])))).toMatchObject({
      code: 'BAD_TARGETS',
      message: expect.stringMatching(/^The targets metadata is invalid: ./) as string,
    });
    const root = await store.get('root', mebibyte);
    expect(await failureOf(store.publish(new Map([['nonsense', root]])))).toMatchObject({
      code: 'INVALID_OPERATION',
      message: 'trust server rejected operation.',
      details: { serverCode: 'INVALID_ROLE' },
    });
  });

  it('the genuine server hands out and rotates its keys, and deletes', async () => {
    const store = (await start(server.url, '*')).remoteStore(parseGun('example.com/other'));
    const key = asObject(readJson(await store.getKey('timestamp')), 'key');
    expect(key.has('keyval')).toBe(true);
    const rotated = asObject(readJson(await store.rotateKey('snapshot')), 'key');
    expect(rotated.has('keyval')).toBe(true);
    await store.deleteAll();
    expect(await failureOf(store.get('root', 100))).toMatchObject({ code: 'METADATA_NOT_FOUND' });
  });
});

describe.skipIf(!available('notary', 'notary-server', 'openssl'))(
  'the genuine server behind a token service',
  () => {
    const env = { NOTARY_AUTH: Buffer.from('user:secret').toString('base64') };
    let certs: Certificates;
    let tokens: TokenService;
    let server: NotaryServer;

    beforeAll(async () => {
      certs = await certificates();
      tokens = await startTokenService({
        certificates: certs,
        users: { user: 'secret' },
        anonymous: ['pull'],
      });
      server = await startNotaryServer({ certificates: certs, auth: tokens.auth });
      await initialize(certs, server.url, env);
    });

    afterAll(async () => {
      await server.stop();
      await tokens.stop();
    });

    it('the genuine server behind a token service lets everyone read', async () => {
      const before = tokens.requests.length;
      const store = (await start(server.url, 'pull')).remoteStore(gun);
      expect((await store.get('root', mebibyte)).length).toBeGreaterThan(100);
      expect(tokens.requests.slice(before)).toEqual([
        {
          account: undefined,
          service: 'tsnotary-test',
          scopes: [`repository:${gun}:pull`],
          user: undefined,
          status: 200,
        },
      ]);
    });

    it('the genuine server behind a token service lets the user write', async () => {
      const before = tokens.requests.length;
      const store = (await start(server.url, '*', env)).remoteStore(gun);
      await store.rotateKey('timestamp');
      expect(tokens.requests.slice(before)).toEqual([
        {
          account: 'user',
          service: 'tsnotary-test',
          scopes: [`repository:${gun}:*`],
          user: 'user',
          status: 200,
        },
      ]);
    });

    it('the genuine server behind a token service refuses a wrong password in the words of the token service', async () => {
      const wrong = { NOTARY_AUTH: Buffer.from('user:wrong').toString('base64') };
      const store = (await start(server.url, '*', wrong)).remoteStore(gun);
      expect(await failureOf(store.deleteAll())).toMatchObject({
        code: 'UNAUTHORIZED',
        message: 'unauthorized: authentication required',
      });
    });

    it('the genuine server behind a token service refuses writing without credentials', async () => {
      const store = (await start(server.url, 'push,pull')).remoteStore(gun);
      expect(await failureOf(store.publish(new Map()))).toMatchObject({
        code: 'UNAUTHORIZED',
        message: 'you are not authorized to perform this operation: server returned 401.',
      });
    });
  },
);
