/** Servers that are not who they should be, and environments that would have us believe them. */

import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer as createPlain } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadTls } from '../../../src/adapters/http/transport/tls.ts';
import type { HttpClient } from '../../../src/ports/http.ts';
import { fixture } from '../../support/fixture-files.ts';
import { run } from '../../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../../support/genuine/scratch.ts';
import { listen } from '../../support/genuine/servers.ts';
import {
  basicConstraints,
  distinguishedName,
  type Extension,
  type HandMade,
  handMade,
  keyCertSign,
  oids,
  usages,
  utf8String,
} from '../../support/hand-made-certificate.ts';
import { clientWith, get } from '../../support/http-rig.ts';
import { der } from '../../support/key-samples.ts';
import { failureOf } from '../../support/refusal.ts';

const p256 = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pemOf = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
/** subjectAltName: DNS names, as they are. */
const hosts = (...names: readonly string[]): Extension => ({
  oid: oids.alternativeNames,
  value: der(0x30, ...names.map((name) => der(0x82, Buffer.from(name)))),
});

interface Entity {
  readonly pem: string;
  readonly key: KeyObject;
  readonly subject: Uint8Array;
}

const yesterday = new Date(Date.now() - 86_400_000);
const tomorrow = new Date(Date.now() + 86_400_000);

function make(
  name: string,
  extensions: readonly Extension[],
  more: Partial<HandMade> & { by?: Entity } = {},
): Entity {
  const names = [utf8String(name)];
  const { by, ...rest } = more;
  const key = rest.key ?? p256();
  const issuer = by === undefined ? {} : { issuer: { subject: by.subject, key: by.key } };
  return {
    pem: pemOf(handMade({ ...rest, key, names, extensions, ...issuer })),
    key,
    subject: distinguishedName(names),
  };
}

const ca = [basicConstraints(true), keyCertSign];
const leaf = [hosts('localhost'), usages(1)];
const root = make('root', ca);
const intermediate = make('intermediate', ca, { by: root });
const good = make('server', leaf, { by: root });

let folder: string;
const clients: HttpClient[] = [];
const running: { stop(): Promise<void> }[] = [];

beforeAll(() => {
  folder = makeScratch();
});
afterAll(() => removeScratch(folder));
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

let count = 0;
function file(content: string): string {
  const path = join(folder, `file-${++count}.pem`);
  writeFileSync(path, content);
  return path;
}

async function serve(chain: readonly Entity[], options: ServerOptions = {}) {
  const requests: string[] = [];
  const server = createServer(
    {
      cert: chain.map(({ pem }) => pem).join(''),
      key: chain[0]?.key.export({ format: 'pem', type: 'pkcs8' }).toString() ?? '',
      ciphers: 'DEFAULT:@SECLEVEL=0',
      ...options,
    },
    (request, response) => {
      requests.push(request.url ?? '');
      response.end('{}');
    },
  );
  server.on('tlsClientError', () => undefined);
  const { port, stop } = await listen(server);
  running.push({ stop });
  return { url: `https://localhost:${port}`, requests };
}

async function ask(url: string, trusted: string): Promise<number> {
  const client = clientWith(await loadTls({ rootCa: file(trusted), skipVerify: false }, {}));
  clients.push(client);
  return (await client.send(get(url))).status;
}

const unknown = 'x509: certificate signed by unknown authority';
const untimely = /^x509: certificate has expired or is not yet valid/;

describe('G4 a sound certificate', () => {
  it.each<[string, readonly Entity[]]>([
    ['of the authority itself', [good]],
    [
      'of an intermediate authority that is shown',
      [make('server', leaf, { by: intermediate }), intermediate],
    ],
    [
      'with an RSA key of 2048 bits',
      [make('server', leaf, { by: root, key: createPrivateKey(fixture('keys/rsa2048.pem')) })],
    ],
    ['for a wildcard', [make('server', [hosts('*.x.test', 'localhost'), usages(1)], { by: root })]],
  ])('the sound certificate is believed: %s', async (_, chain) => {
    expect(await ask((await serve(chain)).url, root.pem)).toBe(200);
  });
});

const forged = make('root', ca);
const noAuthority = make('no authority', [basicConstraints(false)], { by: root });
const noSigner = make(
  'signs nothing',
  [basicConstraints(true), { ...keyCertSign, value: Buffer.from([3, 2, 7, 0x80]) }],
  { by: root },
);
const expiredAuthority = make('expired', ca, { by: root, to: yesterday });
const shallow = make('shallow', [basicConstraints(true, 0), keyCertSign], { by: root });
const below = make('below', ca, { by: shallow });
const elsewhereOnly: Extension = {
  oid: oids.nameConstraints,
  critical: true,
  value: der(0x30, der(0xa0, der(0x30, der(0x82, Buffer.from('elsewhere.test'))))),
};
const constrained = make('constrained', [...ca, elsewhereOnly], { by: root });

describe('G4 a bad certificate', () => {
  it.each<[string, readonly Entity[], string | RegExp, string?]>([
    ['that has expired', [make('s', leaf, { by: root, to: yesterday })], untimely],
    ['that is not valid yet', [make('s', leaf, { by: root, from: tomorrow })], untimely],
    [
      'for another host',
      [make('s', [hosts('other.test'), usages(1)], { by: root })],
      'x509: certificate is valid for other.test, not localhost',
    ],
    [
      'for a host below',
      [make('s', [hosts('*.localhost'), usages(1)], { by: root })],
      /^x509: certificate is valid for \*\.localhost, not localhost$/,
    ],
    ['for every host', [make('s', [hosts('*'), usages(1)], { by: root })], /^x509: /],
    [
      'with a zero byte in its name',
      [make('s', [hosts('localhost\0.evil.test'), usages(1)], { by: root })],
      /^x509: /,
    ],
    [
      'with the host in the common name alone',
      [make('localhost', [usages(1)], { by: root })],
      'x509: certificate relies on legacy Common Name field, use SANs instead',
    ],
    ['of another authority', [make('s', leaf, { by: make('other', ca) })], unknown],
    ['of another authority with the same name', [make('s', leaf, { by: forged })], unknown],
    ['of another authority that is shown', [make('s', leaf, { by: forged }), forged], unknown],
    ['that it has signed itself', [make('localhost', leaf)], unknown],
    ['whose intermediate is missing', [make('s', leaf, { by: intermediate })], unknown],
    [
      'whose intermediate is another',
      [make('s', leaf, { by: intermediate }), make('intermediate', ca, { by: root })],
      unknown,
    ],
    [
      'of a certificate that is no authority',
      [make('s', leaf, { by: noAuthority }), noAuthority],
      /unknown authority|incompatible key usage/,
    ],
    [
      'of an authority that may not sign',
      [make('s', leaf, { by: noSigner }), noSigner],
      /key usage does not include certificate signing/,
    ],
    [
      'of an intermediate that has expired',
      [make('s', leaf, { by: expiredAuthority }), expiredAuthority],
      untimely,
    ],
    ['too far below its authority', [make('s', leaf, { by: below }), below, shallow], /^x509: |path length/],
    [
      'outside the names of its authority',
      [make('s', leaf, { by: constrained }), constrained],
      /permitted subtree/,
    ],
    [
      'for very many other hosts',
      [make('s', [hosts(...Array.from({ length: 500 }, (_, n) => `h${n}.test`)), usages(1)], { by: root })],
      'x509: certificate is valid for 500 names, but none matched localhost',
    ],
    [
      'with an escape sequence in its name',
      [make('s', [hosts('a\u001b]0;x\u0007.test'), usages(1)], { by: root })],
      /^x509: certificate is valid for /,
    ],
    [
      'for clients only',
      [make('s', [hosts('localhost'), usages(2)], { by: root })],
      'x509: certificate specifies an incompatible key usage',
    ],
    [
      'with an RSA key of 1024 bits',
      [make('s', leaf, { by: root, key: createPrivateKey(fixture('keys/rsa1024.pem')) })],
      /key too weak/,
    ],
    [
      'signed over SHA-1',
      [make('s', leaf, { by: root, algorithm: oids.ecdsaWithSha1, hash: 'sha1' })],
      /too weak|unknown authority/,
    ],
    [
      'whose named authority is no authority',
      [make('s', leaf, { by: noAuthority })],
      /unknown authority|incompatible key usage/,
      noAuthority.pem,
    ],
    [
      'whose named authority has expired',
      [make('s', leaf, { by: expiredAuthority })],
      untimely,
      expiredAuthority.pem,
    ],
  ])(
    'the bad certificate is refused before a request is sent: %s',
    async (_, chain, message, trusted = root.pem) => {
      const server = await serve(chain);
      const error = await failureOf(ask(server.url, trusted));
      expect(error.code).toBe('NETWORK');
      expect(error.message).toMatch(message);
      expect(error.message).not.toMatch(/\p{Cc}/u);
      expect(server.requests).toEqual([]);
    },
  );
});

describe('G4 a bad way to talk', () => {
  it.each<[string, ServerOptions, RegExp]>([
    ['TLS 1.0', { minVersion: 'TLSv1', maxVersion: 'TLSv1' }, /protocol version/],
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }, /protocol version/],
    ['no certificate', { ciphers: 'aNULL:@SECLEVEL=0', maxVersion: 'TLSv1.2' }, /handshake failure/],
    ['no encryption', { ciphers: 'eNULL:@SECLEVEL=0', maxVersion: 'TLSv1.2' }, /handshake failure/],
  ])('a TLS server with %s is refused', async (_, options, message) => {
    const server = await serve([good], options);
    const error = await failureOf(ask(server.url, root.pem));
    expect(error).toMatchObject({ code: 'NETWORK', message: expect.stringMatching(message) as string });
    expect(server.requests).toEqual([]);
  });

  it('a server with no TLS at all is refused, and http is not tried', async () => {
    let heard = '';
    const plain = createPlain((request, response) => {
      heard += request.url ?? '';
      response.end();
    });
    const { port, stop } = await listen(plain);
    running.push({ stop });
    expect(await failureOf(ask(`https://localhost:${port}`, root.pem))).toMatchObject({
      code: 'NETWORK',
      message: 'http: server gave HTTP response to HTTPS client',
    });
    expect(heard).toBe('');
  });
});

describe('G4 an environment', () => {
  const list = (url: string, env: Readonly<Record<string, string>>, trusted = root.pem) =>
    run('tsnotary', ['-s', url, '--tlscacert', file(trusted), 'list', 'docker.io/a/b'], {
      env: { HOME: folder, ...env },
    });
  const stranger = make('s', leaf, { by: forged });
  const lax = () =>
    file(
      'nodejs_conf = nc\n[nc]\nssl_conf = sc\n[sc]\nsystem_default = sd\n[sd]\n' +
        'MinProtocol = TLSv1\nCipherString = ALL:aNULL:eNULL:@SECLEVEL=0\nOptions = UnsafeLegacyRenegotiation\nVerifyMode = Once\n',
    );

  it('an environment does not keep a sound server from being asked', async () => {
    const server = await serve([good]);
    await list(server.url, { NODE_OPTIONS: '--tls-max-v1.2', OPENSSL_CONF: lax() });
    expect(server.requests[0]).toBe('/v2/');
  });

  it.each<[string, () => Readonly<Record<string, string>>, readonly Entity[], ServerOptions]>([
    ['NODE_TLS_REJECT_UNAUTHORIZED=0', () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }), [stranger], {}],
    ['NODE_EXTRA_CA_CERTS', () => ({ NODE_EXTRA_CA_CERTS: file(forged.pem) }), [stranger], {}],
    [
      '--use-openssl-ca and SSL_CERT_FILE beside a named authority',
      () => ({ NODE_OPTIONS: '--use-openssl-ca', SSL_CERT_FILE: file(forged.pem) }),
      [stranger],
      {},
    ],
    [
      '--tls-min-v1.0',
      () => ({ NODE_OPTIONS: '--tls-min-v1.0' }),
      [good],
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
    ],
    [
      '--tls-cipher-list with ciphers that know no certificate',
      () => ({ NODE_OPTIONS: '--tls-cipher-list=ALL:aNULL:eNULL:@SECLEVEL=0' }),
      [good],
      { ciphers: 'aNULL:@SECLEVEL=0', maxVersion: 'TLSv1.2' },
    ],
    [
      'OPENSSL_CONF that allows TLS 1.0',
      () => ({ OPENSSL_CONF: lax() }),
      [good],
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
    ],
    [
      'OPENSSL_CONF that allows weak keys',
      () => ({ OPENSSL_CONF: lax() }),
      [make('s', leaf, { by: root, key: createPrivateKey(fixture('keys/rsa1024.pem')) })],
      {},
    ],
    [
      '--openssl-config that allows everything',
      () => ({ NODE_OPTIONS: `--openssl-config=${lax()}` }),
      [good],
      { ciphers: 'aNULL:@SECLEVEL=0', maxVersion: 'TLSv1.2' },
    ],
  ])('an environment with %s changes nothing', async (_, env, chain, options) => {
    const server = await serve(chain, options);
    const { status, stdout, stderr } = await list(server.url, env());
    expect([status, server.requests]).toEqual([1, []]);
    expect(stderr).toContain('could not reach https://localhost:');
    expect(stdout + stderr).not.toMatch(/\n\s+at /);
  });

  it('an environment does not get the keys of the session by SSLKEYLOGFILE', async () => {
    const server = await serve([good]);
    const log = join(folder, 'session-keys');
    await list(server.url, { SSLKEYLOGFILE: log });
    expect([server.requests[0], existsSync(log)]).toEqual(['/v2/', false]);
  });

  it('an environment cannot make the authorities of the system more than they are', async () => {
    const server = await serve([stranger]);
    const { status } = await run('tsnotary', ['-s', server.url, 'list', 'docker.io/a/b'], {
      env: { HOME: folder, NODE_EXTRA_CA_CERTS: file(forged.pem), NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    });
    expect([status, server.requests]).toEqual([1, []]);
  });
});

describe('G4 a client certificate', () => {
  it('a client certificate with a weak key is refused before anything is sent', async () => {
    const key = createPrivateKey(fixture('keys/rsa1024.pem'));
    const own = make('client', [usages(2)], { by: root, key });
    const clientKey = file(key.export({ format: 'pem', type: 'pkcs8' }).toString());
    const files = { rootCa: file(root.pem), clientCert: file(own.pem), clientKey, skipVerify: false };
    expect(await failureOf(loadTls(files, {}))).toMatchObject({
      code: 'TLS_CONFIG_INVALID',
      message: expect.stringMatching(
        /^unable to configure TLS: .*the client certificate cannot be used: .*key too small/,
      ) as string,
    });
  });

  it('a client certificate is not shown when the configured authorities are none', async () => {
    const material = await loadTls({ skipVerify: false }, { SSL_CERT_FILE: '/nowhere' });
    expect(material).toMatchObject({ trustedCas: [], verify: true });
    const server = await serve([good]);
    const client = clientWith(material);
    clients.push(client);
    expect(await failureOf(client.send(get(server.url)))).toMatchObject({ message: unknown });
    expect(server.requests).toEqual([]);
  });
});
