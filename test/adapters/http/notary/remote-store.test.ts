import { describe, expect, it } from 'vitest';
import { offlineStore } from '../../../../src/adapters/http/notary/offline-store.ts';
import { httpRemoteStore } from '../../../../src/adapters/http/notary/remote-store.ts';
import { parseGun } from '../../../../src/metadata/gun.ts';
import type { HttpRequest } from '../../../../src/ports/http.ts';
import type { RemoteStore } from '../../../../src/ports/notary-server.ts';
import { failureOf } from '../../../support/refusal.ts';

const server = 'https://notary.example:4443';

/** A store over a client that always gives the same answer, and what the client was asked. */
function store(status: number, body = '', serverUrl = server, gun = 'docker.io/a/b') {
  const asked: HttpRequest[] = [];
  const http = {
    send: async (request: HttpRequest) => {
      asked.push(request);
      return { status, headers: {}, body: Buffer.from(body) };
    },
    close: async () => undefined,
  };
  return { store: httpRemoteStore(http, serverUrl, parseGun(gun)), asked };
}

const errors = (...list: object[]): string => `${JSON.stringify({ errors: list })}\n`;

describe('the addresses of a GUN', () => {
  it('the addresses of a GUN are below its trust directory', async () => {
    const { store: remote, asked } = store(200);
    await remote.get('root', 1);
    await remote.get('3.root', 2);
    await remote.get('targets/releases.0a1b', 3);
    await remote.getKey('timestamp');
    await remote.rotateKey('snapshot');
    await remote.publish(new Map());
    await remote.deleteAll();
    const base = 'https://notary.example:4443/v2/docker.io/a/b/_trust/tuf/';
    expect(asked.map(({ method, url }) => [method, url])).toEqual([
      ['GET', `${base}root.json`],
      ['GET', `${base}3.root.json`],
      ['GET', `${base}targets/releases.0a1b.json`],
      ['GET', `${base}timestamp.key`],
      ['POST', `${base}snapshot.key`],
      ['POST', base],
      ['DELETE', base],
    ]);
    expect(asked.slice(0, 3).map(({ limit }) => limit)).toEqual([1, 2, 3]);
    expect(asked[3]?.limit).toBe(256 * 1024);
    expect(asked[4]?.body).toBeUndefined();
    expect(asked.some(({ followRedirects }) => followRedirects)).toBe(false);
  });

  it.each([
    ['https://h/', 'https://h/v2/g/'],
    ['https://h///', 'https://h/v2/g/'],
    ['https://h/pre/fix', 'https://h/pre/fix/v2/g/'],
    ['https://h/pre/', 'https://h/pre/v2/g/'],
    ['http://h:80', 'http://h:80/v2/g/'],
  ])('the addresses of a GUN start with the server %s', async (serverUrl, start) => {
    const { store: remote, asked } = store(200, '', serverUrl, 'g');
    await remote.get('root', 1);
    expect(asked[0]?.url.startsWith(start)).toBe(true);
  });

  it.each([
    ['docker.io/Lib_x/b-1.2~3', 'docker.io/Lib_x/b-1.2~3'],
    ["a:b@c!$&'()*+,;=d", "a:b@c!$&'()*+,;=d"],
    ['a b', 'a%20b'],
    ['a?b#c', 'a%3Fb%23c'],
    ['a%zz%41', 'a%25zz%2541'],
    ['a\\b', 'a%5Cb'],
    ['ü/日本', '%C3%BC/%E6%97%A5%E6%9C%AC'],
    ['a"<>`{|}^[]', 'a%22%3C%3E%60%7B%7C%7D%5E%5B%5D'],
  ])('the addresses escape no more of the GUN %s than must be', async (gun, escaped) => {
    const { store: remote, asked } = store(200, '', server, gun);
    await remote.get('root', 1);
    const url = asked[0]?.url ?? '';
    expect(url).toBe(`${server}/v2/${escaped}/_trust/tuf/root.json`);
    // What the URL parser makes of it is the same again.
    expect(new URL(url).href).toBe(url);
  });

  it.each([
    ['https://h:443/pre', 'h:443'],
    ['https://user:pass@h', 'h'],
    ['http://[::1]:80', '[::1]:80'],
  ])('the addresses name the host of %s', (serverUrl, host) => {
    expect(store(200, '', serverUrl).store.location).toBe(host);
  });
});

describe('an upload', () => {
  async function upload(
    files: readonly (readonly [string, string])[],
  ): Promise<{ request: HttpRequest; form: FormData }> {
    const { store: remote, asked } = store(200);
    await remote.publish(new Map(files.map(([role, text]) => [role, Buffer.from(text)])));
    const [request] = asked;
    if (request === undefined) throw new Error('nothing was sent');
    // An independent reader of such bodies; deprecated for servers only.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const form = await new Response(request.body ?? null, { headers: request.headers ?? {} }).formData();
    return { request, form };
  }

  it('an upload has one part per role, named with its slashes and without .json', async () => {
    const { form } = await upload([
      ['root', '{"a":1}'],
      ['targets/releases', 'line\r\nline\r\n--x'],
    ]);
    const parts = await Promise.all(
      [...form].map(async ([field, file]) =>
        typeof file === 'string' ? [field, file] : [field, file.name, file.type, await file.text()],
      ),
    );
    expect(parts).toEqual([
      ['files', 'root', 'application/octet-stream', '{"a":1}'],
      ['files', 'targets/releases', 'application/octet-stream', 'line\r\nline\r\n--x'],
    ]);
  });

  it('an upload may be empty', async () => {
    const { request } = await upload([['root', '']]);
    const { store: remote, asked } = store(200);
    await remote.publish(new Map());
    const boundary = /boundary=([0-9a-f]{60})$/.exec(asked[0]?.headers?.['content-type'] ?? '')?.[1] ?? '';
    expect(Buffer.from(asked[0]?.body ?? []).toString()).toBe(`--${boundary}--\r\n`);
    expect(request.headers?.['content-type']).not.toBe(asked[0]?.headers?.['content-type']);
  });
});

describe('a status', () => {
  const operations: readonly (readonly [string, (remote: RemoteStore) => Promise<unknown>])[] = [
    ['timestamp', (remote) => remote.get('timestamp', 10)],
    ['targets.0a1b', (remote) => remote.get('targets.0a1b', 10)],
    ['timestamp key', (remote) => remote.getKey('timestamp')],
    ['snapshot key', (remote) => remote.rotateKey('snapshot')],
    ['POST metadata endpoint', (remote) => remote.publish(new Map())],
    ['DELETE metadata for GUN endpoint', (remote) => remote.deleteAll()],
  ];

  it.each(operations)('the status 404 says that the server does not have the %s', async (name, operation) => {
    const body = errors({
      code: 'METADATA_NOT_FOUND',
      message: 'You have requested metadata that does not exist.',
      detail: null,
    });
    const error = await failureOf(operation(store(404, body).store));
    expect(error).toMatchObject({
      code: 'METADATA_NOT_FOUND',
      message: `${name} trust data unavailable.  Has a notary repository been initialized?`,
      details: { status: 404, resource: name, serverCode: 'METADATA_NOT_FOUND' },
      hint: undefined,
    });
  });

  it.each(operations)('the status 401 says that the client may not have the %s', async (_, operation) => {
    expect(await failureOf(operation(store(401).store))).toMatchObject({
      code: 'UNAUTHORIZED',
      message: 'you are not authorized to perform this operation: server returned 401.',
    });
  });

  it.each([201, 204, 301, 302, 304, 403, 405, 429, 500, 503])(
    'the status %i says that the server is not there',
    async (status) => {
      expect(await failureOf(store(status, 'any text').store.publish(new Map()))).toMatchObject({
        code: 'SERVER_UNAVAILABLE',
        message: `unable to reach trust server at this time: ${status}.`,
        details: { status },
        hint: undefined,
      });
    },
  );

  it('the error of a status passes on the server’s words', async () => {
    const body = errors({
      code: 'NO_STORAGE',
      message: 'The server is misconfigured.\nReally.\u001b[31m',
      detail: null,
    });
    expect(await failureOf(store(500, body).store.get('root', 10))).toMatchObject({
      details: { serverCode: 'NO_STORAGE', serverMessage: 'The server is misconfigured. Really. [31m' },
      hint: 'The server said NO_STORAGE: The server is misconfigured. Really. [31m.',
    });
  });
});

describe('an upload that the server refuses', () => {
  const refused = async (body: string) => failureOf(store(400, body).store.publish(new Map()));
  const invalid = (name: string, message: string): object => ({
    code: 'INVALID_UPDATE',
    message: 'Update sent by the client is invalid.',
    detail: { Name: name, Error: { Msg: message } },
  });

  it.each([
    ['ErrValidation', 'VALIDATION', 'An error occurred during validation: M'],
    ['ErrBadRoot', 'BAD_ROOT', 'The root metadata is invalid: M'],
    ['ErrBadTargets', 'BAD_TARGETS', 'The targets metadata is invalid: M'],
    ['ErrBadSnapshot', 'BAD_SNAPSHOT', 'The snapshot metadata is invalid: M'],
    ['ErrBadHierarchy', 'BAD_HIERARCHY', 'Metadata hierarchy is incomplete: M'],
  ])('an upload that the server refuses for %s fails with %s', async (name, code, message) => {
    expect(await refused(errors(invalid(name, 'M')))).toMatchObject({
      code,
      message,
      details: { serverCode: 'INVALID_UPDATE' },
    });
  });

  const rejected = { code: 'INVALID_OPERATION', message: 'trust server rejected operation.' };

  it('an upload that the server refuses for an older version names the server’s reason beside the message', async () => {
    const body = errors({
      code: 'VERSION',
      message: 'A newer version of metadata is already available.',
      detail: {},
    });
    expect(await refused(body)).toMatchObject({
      ...rejected,
      details: { serverCode: 'VERSION', serverMessage: 'A newer version of metadata is already available.' },
      hint: 'The server said VERSION: A newer version of metadata is already available.',
    });
  });

  it.each([
    ['no body', ''],
    ['no JSON', 'junk'],
    ['no errors', errors()],
    ['two errors', errors(invalid('ErrBadRoot', 'M'), invalid('ErrBadRoot', 'M'))],
    ['an unknown kind', errors(invalid('ErrOther', 'M'))],
    ['a kind like a property of every object', errors(invalid('constructor', 'M'))],
    ['a detail that is no object', errors({ code: 'INVALID_ROLE', message: 'x', detail: 'targets' })],
    ['more than 1 KiB', errors(invalid('ErrBadRoot', 'M'.repeat(1024)))],
  ])('an upload that the server refuses with %s fails without a reason', async (_, body) => {
    expect(await refused(body)).toMatchObject(rejected);
  });
});

describe('offline', () => {
  const offline = { code: 'OFFLINE', message: 'client is offline' };

  it('every request fails when the client is offline', async () => {
    expect(await failureOf(offlineStore.get('root', 1))).toMatchObject(offline);
    expect(await failureOf(offlineStore.publish(new Map()))).toMatchObject(offline);
    expect(await failureOf(offlineStore.getKey('timestamp'))).toMatchObject(offline);
    expect(await failureOf(offlineStore.rotateKey('timestamp'))).toMatchObject(offline);
    expect(await failureOf(offlineStore.deleteAll())).toMatchObject(offline);
  });
});
