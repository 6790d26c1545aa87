import { execFileSync } from 'node:child_process';
import { randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadTls } from '../../../../src/adapters/http/transport/tls.ts';
import type { HttpClient } from '../../../../src/ports/http.ts';
import { type Certificates, certificates } from '../../../support/genuine/certificates.ts';
import { makeScratch } from '../../../support/genuine/scratch.ts';
import { listen } from '../../../support/genuine/servers.ts';
import {
  type CertificateWish,
  clientWith,
  get,
  issue,
  startServer,
  type TestClientOptions,
  type TestServer,
  testClient,
} from '../../../support/http-rig.ts';
import { failureOf } from '../../../support/refusal.ts';

let authority: Certificates;
let folder: string;
const running: { stop(): Promise<void> }[] = [];
const clients: HttpClient[] = [];

beforeAll(async () => {
  authority = await certificates();
  folder = makeScratch();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function serveWith(files: { cert: string; key: string }, more: object = {}): Promise<TestServer> {
  const tls = { cert: readFileSync(files.cert), key: readFileSync(files.key), ...more };
  const server = await startServer((_, response) => response.end('x'), tls);
  running.push(server);
  return server;
}

async function ask(url: string, options?: TestClientOptions): Promise<number> {
  const http = await testClient(options);
  clients.push(http);
  return (await http.send(get(url))).status;
}

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe("the server's certificate", () => {
  const refusal = async (wish: CertificateWish, host = 'localhost'): Promise<string> => {
    const server = await serveWith(issue(authority, wish));
    const error = await failureOf(ask(`https://${host}:${server.port}`));
    expect(error.code).toBe('NETWORK');
    // Nothing was said to a server that is not who it should be.
    expect(server.requests).toEqual([]);
    return error.message;
  };

  it("the server's certificate must be for the host", async () => {
    expect(await refusal({ names: 'DNS:a.example,DNS:b.example' })).toBe(
      'x509: certificate is valid for a.example, b.example, not localhost',
    );
  });

  it("the server's certificate must be for the address", async () => {
    expect(await refusal({ names: 'DNS:a.example,IP:10.0.0.1' }, '127.0.0.1')).toBe(
      'x509: certificate is valid for 10.0.0.1, not 127.0.0.1',
    );
    expect(await refusal({ names: 'DNS:localhost' }, '127.0.0.1')).toBe(
      "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
    );
  });

  it("the server's certificate cannot rely on its common name", async () => {
    expect(await refusal({})).toBe('x509: certificate relies on legacy Common Name field, use SANs instead');
  });

  it("the server's certificate cannot pass off a part of a URI as a name, to be judged by its common name", async () => {
    expect(await refusal({ uri: 'x, DNS:a.example' })).toBe(
      'x509: certificate is not valid for any names, but wanted to match localhost',
    );
    expect(await refusal({ uri: 'x, DNS:localhost' })).toMatch(/^x509: certificate is not valid/);
  });

  it("the server's certificate must not have expired", async () => {
    expect(await refusal({ names: 'DNS:localhost', days: -1 })).toMatch(
      /^x509: certificate has expired or is not yet valid: current time 2026-03-01T12:00:00Z is after \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    );
  });

  it("the server's certificate must be for servers", async () => {
    expect(await refusal({ names: 'DNS:localhost', usage: 'clientAuth' })).toBe(
      'x509: certificate specifies an incompatible key usage',
    );
  });

  it("the server's certificate must come from the named authority, and from no other", async () => {
    const other = join(folder, 'other.crt');
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-subj',
        '/CN=other',
        '-keyout',
        join(folder, 'other.key'),
        '-out',
        other,
      ],
      { stdio: 'pipe' },
    );
    const server = await serveWith(issue(authority, { names: 'DNS:localhost' }));
    const error = await failureOf(ask(server.url, { tls: { rootCa: other } }));
    expect(error).toMatchObject({
      code: 'NETWORK',
      message: 'x509: certificate signed by unknown authority',
      hint: expect.stringContaining('other.crt, the only one that is trusted') as string,
    });
    expect(server.requests).toEqual([]);
  });

  it("the server's certificate may itself be named as the authority", async () => {
    const issued = issue(authority, { names: 'DNS:localhost' });
    const server = await serveWith(issued);
    expect(await ask(server.url, { tls: { rootCa: issued.cert } })).toBe(200);
  });

  it("the server's certificate is not looked at when the configuration says so", async () => {
    const server = await serveWith(issue(authority, { names: 'DNS:a.example', days: -1 }));
    expect(await ask(server.url, { tls: { skipVerify: true, rootCa: join(folder, 'is not read') } })).toBe(
      200,
    );
  });

  it("the server's certificate is checked even when NODE_TLS_REJECT_UNAUTHORIZED says not to", async () => {
    const server = await serveWith(issue(authority, { names: 'DNS:a.example' }));
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect((await failureOf(ask(server.url))).code).toBe('NETWORK');
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });
});

describe('the CAs of the operating system', () => {
  const withEnv = async (env: Record<string, string>): Promise<number> => {
    const server = await serveWith(issue(authority, { names: 'DNS:localhost' }));
    const tls = await loadTls({ skipVerify: false }, env);
    const http = clientWith(tls);
    clients.push(http);
    return (await http.send(get(server.url))).status;
  };

  it('the CAs of the operating system do not include the test CA', async () => {
    expect(await failureOf(withEnv({}))).toMatchObject({
      message: 'x509: certificate signed by unknown authority',
    });
  });

  it('the CAs of the operating system are those of SSL_CERT_FILE, entries that are no certificates passed over', async () => {
    const junk = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const bundle = file('bundle.pem', junk + readFileSync(authority.caCertificate, 'utf8'));
    expect(await withEnv({ SSL_CERT_FILE: bundle })).toBe(200);
  });

  it('the CAs of the operating system are those of the directories of SSL_CERT_DIR', async () => {
    const certs = makeScratch();
    writeFileSync(join(certs, 'any-name'), readFileSync(authority.caCertificate));
    expect(await withEnv({ SSL_CERT_FILE: '/nowhere', SSL_CERT_DIR: `/nowhere:${certs}` })).toBe(200);
  });

  it('the CAs of the operating system are none when SSL_CERT_FILE cannot be read', async () => {
    expect(await failureOf(withEnv({ SSL_CERT_FILE: '/nowhere' }))).toMatchObject({
      message: 'x509: certificate signed by unknown authority',
    });
  });
});

describe('TLS itself', () => {
  it('the client never uses a TLS older than 1.2', async () => {
    const issued = issue(authority, { names: 'DNS:localhost' });
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    const server = await serveWith(issued, old);
    const error = await failureOf(ask(server.url));
    expect(error).toMatchObject({
      code: 'NETWORK',
      message: 'remote error: tls: protocol version not supported',
    });
  });

  it('the client does not replace TLS by plain http', async () => {
    const plain = createServer((_, response) => response.end('x'));
    const listening = await listen(plain);
    running.push(listening);
    const error = await failureOf(ask(`https://localhost:${listening.port}`));
    expect(error).toMatchObject({
      code: 'NETWORK',
      message: 'http: server gave HTTP response to HTTPS client',
    });
  });
});

describe("the client's certificate", () => {
  it("the client's certificate is shown to a server that wants one", async () => {
    const own = issue(authority, { usage: 'clientAuth' });
    const ca = readFileSync(authority.caCertificate);
    const server = await serveWith(issue(authority, { names: 'DNS:localhost' }), {
      requestCert: true,
      rejectUnauthorized: true,
      ca,
    });
    expect(await ask(server.url, { tls: { clientCert: own.cert, clientKey: own.key } })).toBe(200);
    expect(await failureOf(ask(server.url))).toMatchObject({
      code: 'NETWORK',
      message: 'remote error: tls: certificate required',
    });
  });
});

describe('the TLS files of the configuration', () => {
  let pair: { cert: string; key: string };
  let other: { cert: string; key: string };

  beforeAll(() => {
    pair = issue(authority, { usage: 'clientAuth' });
    other = issue(authority, { usage: 'clientAuth' });
  });

  const complaint = async (files: {
    rootCa?: string;
    clientCert?: string;
    clientKey?: string;
  }): Promise<string> => {
    const error = await failureOf(loadTls({ skipVerify: false, ...files }, {}));
    expect(error.code).toBe('TLS_CONFIG_INVALID');
    return error.message;
  };

  it('the configuration must name both halves of a key pair or neither', async () => {
    expect(await complaint({ clientCert: pair.cert })).toBe(
      'either pass both client key and cert, or neither',
    );
    expect(await complaint({ clientKey: pair.key, rootCa: '/nowhere' })).toBe(
      'either pass both client key and cert, or neither',
    );
  });

  it('the configured authority must be a certificate', async () => {
    expect(await complaint({ rootCa: '/nowhere/ca.crt' })).toBe(
      'unable to configure TLS: could not read CA certificate "/nowhere/ca.crt": open /nowhere/ca.crt: no such file or directory',
    );
    expect(await complaint({ rootCa: folder })).toBe(
      `unable to configure TLS: could not read CA certificate "${folder}": read ${folder}: is a directory`,
    );
    for (const content of [
      'junk',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      readFileSync(pair.key, 'utf8'),
    ]) {
      const path = file('no-authority.pem', content);
      expect(await complaint({ rootCa: path })).toBe(
        `unable to configure TLS: failed to append certificates from PEM file: "${path}"`,
      );
    }
  });

  it('the configured client certificate and key must be what they are called', async () => {
    const reason = async (clientCert: string, clientKey: string): Promise<string> => {
      const message = await complaint({ clientCert, clientKey });
      const prefix = 'unable to configure TLS: Could not load X509 key pair: ';
      expect(message.startsWith(prefix)).toBe(true);
      return message.slice(prefix.length);
    };
    const junk = file('junk.pem', 'junk');
    const encrypted = join(folder, 'encrypted.key');
    execFileSync('openssl', ['pkcs8', '-topk8', '-in', pair.key, '-passout', 'pass:abc', '-out', encrypted]);
    expect(await reason('/nowhere/c', pair.key)).toBe('open /nowhere/c: no such file or directory');
    expect(await reason(pair.cert, '/nowhere/k')).toBe('open /nowhere/k: no such file or directory');
    expect(await reason(pair.cert, other.key)).toBe('tls: private key does not match public key');
    expect(await reason(pair.cert, encrypted)).toBe('tls: failed to parse private key');
    expect(await reason(pair.cert, junk)).toBe('no valid private key found');
    expect(await reason(junk, pair.key)).toBe('tls: failed to find any PEM data in certificate input');
    expect(await reason(pair.key, pair.cert)).toBe(
      'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
    );
    expect(await reason(pair.cert, pair.cert)).toBe(
      'tls: found a certificate rather than a key in the PEM for the private key',
    );
  });
});

describe('TLS files that were made on Windows', () => {
  const forms: readonly (readonly [string, (pem: string) => Uint8Array])[] = [
    ['a byte order mark', (pem) => Buffer.from(`\ufeff${pem}`)],
    ['UTF-16', (pem) => Buffer.from(`\ufeff${pem}`, 'utf16le')],
    ['CRLF', (pem) => Buffer.from(pem.replaceAll('\n', '\r\n'))],
    ['DER', (pem) => Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')],
    ['blanks for line ends', (pem) => Buffer.from(pem.trim().replaceAll('\n', ' '))],
  ];

  it.each(forms)('TLS files with %s are read', async (_, form) => {
    const issued = issue(authority, {});
    const one = (path: string) => {
      const [pem = ''] = /-----BEGIN [^]*?-----END [^-]+-----\n/.exec(readFileSync(path, 'utf8')) ?? [];
      const changed = join(folder, randomUUID());
      writeFileSync(changed, form(pem));
      return changed;
    };
    const given = { clientCert: issued.cert, clientKey: issued.key, rootCa: authority.caCertificate };
    const plain = await loadTls({ ...given, skipVerify: false }, {});
    const read = await loadTls(
      {
        ...{ clientCert: one(given.clientCert), clientKey: one(given.clientKey) },
        ...{ rootCa: one(given.rootCa), skipVerify: false },
      },
      {},
    );
    const der = (pem: string | undefined) => new X509Certificate(pem ?? '').raw.toString('hex');
    expect(der(read.trustedCas[0])).toBe(der(plain.trustedCas[0]));
    expect(der(read.client?.cert)).toBe(der(plain.client?.cert));
  });

  it('a CA file that is a private key is named as one', async () => {
    const { key } = issue(authority, {});
    await expect(loadTls({ rootCa: key, skipVerify: false }, {})).rejects.toMatchObject({
      code: 'TLS_CONFIG_INVALID',
      hint: expect.stringContaining('is a private key.') as string,
    });
  });
});
