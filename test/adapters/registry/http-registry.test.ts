import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { certificates } from '../../support/genuine/certificates.ts';
import { makeScratch } from '../../support/genuine/scratch.ts';
import { listen } from '../../support/genuine/servers.ts';
import { issue, startServer } from '../../support/http-rig.ts';
import { failureOf, refusal } from '../../support/refusal.ts';
import {
  dockerImage,
  dockerList,
  endRegistries,
  keep,
  manifestText,
  ociImage,
  ociIndex,
  openClient,
  refuse,
  serveManifest,
  sha256,
  startRegistry,
} from '../../support/registry-rig.ts';

afterEach(endRegistries);

describe('a manifest from a registry', () => {
  it.each([ociImage, ociIndex, dockerImage, dockerList])(
    'a manifest of type %s comes with the digest and the length of its bytes',
    async (type) => {
      const text = manifestText(type);
      const { domain } = await startRegistry((response) =>
        serveManifest(response, text, { 'Content-Type': type }),
      );
      const { read } = await openClient();
      const manifest = await read(domain);
      expect(manifest).toMatchObject({
        digest: sha256(text),
        size: Buffer.byteLength(text),
        mediaType: type,
      });
      expect(Buffer.from(manifest.bytes).toString()).toBe(text);
    },
  );

  it('a manifest is asked for with one Accept field that names the four types', async () => {
    const { domain, asked } = await startRegistry((response) => serveManifest(response));
    const { read } = await openClient();
    await read(domain, 'v1.0');
    expect(asked).toEqual([
      {
        url: '/v2/a/b/manifests/v1.0',
        authorization: undefined,
        accept: [ociIndex, dockerList, ociImage, dockerImage].join(', '),
      },
    ]);
  });

  it('a manifest is asked for by its digest, and must have it', async () => {
    const text = manifestText();
    const { domain, asked } = await startRegistry((response) => serveManifest(response, text));
    const { read } = await openClient();
    expect((await read(domain, sha256(text))).digest).toBe(sha256(text));
    expect(asked[0]?.url).toBe(`/v2/a/b/manifests/${sha256(text)}`);
    await expect(read(domain, sha256('other'))).rejects.toEqual(
      refusal('REGISTRY_INVALID', /sends other bytes than were asked for/),
    );
  });

  it('many requests for manifests share one connection', async () => {
    const { domain, server } = await startRegistry((response) => serveManifest(response));
    const { read } = await openClient();
    await Promise.all(Array.from({ length: 20 }, (_, number) => read(domain, `v${number}`, `a/b${number}`)));
    await read(domain);
    expect(server.connections).toBe(1);
    // The question whether the registry of this machine speaks https is put once.
    expect(server.requests.filter((request) => request === 'GET /v2/')).toHaveLength(1);
  });

  it('a name or tag that could lead a request elsewhere is refused before anything is sent', async () => {
    const { domain, server } = await startRegistry((response) => serveManifest(response));
    const { read, registry } = await openClient();
    for (const tag of ['../x', 'a/b', '', 'a?b', '.a', 'a'.repeat(129), 'a b'])
      await expect(read(domain, tag)).rejects.toEqual(
        refusal('IMAGE_NAME_INVALID', 'invalid reference format'),
      );
    for (const path of ['', '..', 'a/../b', 'A', 'a//b', 'a/', 'a%2fb', 'a?b'])
      await expect(read(domain, '1', path)).rejects.toEqual(refusal('IMAGE_NAME_INVALID'));
    for (const host of ['', 'a@b', 'a/b', 'a:b', 'a#b', 'a b'])
      await expect(registry.manifest({ domain: host, path: 'a' }, '1')).rejects.toEqual(
        refusal('IMAGE_NAME_INVALID'),
      );
    for (const reference of ['sha512:' + 'a'.repeat(128), 'sha256:abc', `sha256:${'A'.repeat(64)}`])
      await expect(read(domain, reference)).rejects.toEqual(refusal('MALFORMED_HASH'));
    expect(server.requests).toEqual([]);
  });

  it('a client that was closed ends what is under way, and sends no more', async () => {
    const { domain, asked } = await startRegistry(() => undefined);
    const { read, registry } = await openClient();
    const reading = failureOf(read(domain));
    while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await registry.close();
    expect(await reading).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    expect(await failureOf(read(domain))).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    expect(asked).toHaveLength(1);
  });
});

describe('a registry of this machine', () => {
  it('a registry of this machine that speaks http is read in plain http', async () => {
    const { domain, server } = await startRegistry((response) => serveManifest(response), { plain: true });
    const { read } = await openClient();
    expect((await read(domain)).mediaType).toBe(ociImage);
    expect((await read(`127.0.0.1:${server.port}`)).mediaType).toBe(ociImage);
  });

  it('a registry of this machine whose certificate is not trusted is not asked in plain http', async () => {
    const { domain, server } = await startRegistry((response) => serveManifest(response));
    const { read } = await openClient({ env: { SSL_CERT_FILE: '/dev/null' } });
    expect(await failureOf(read(domain))).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: `no answer from the registry ${domain}: x509: certificate signed by unknown authority`,
      hint: `If the registry's certificate is of a CA of your own, put the CA's certificate in ~/.docker/certs.d/${domain}/ca.crt.`,
    });
    expect(server.requests).toEqual([]);
  });

  it('a registry of this machine that has failed at TLS is not asked in plain http, even if it speaks both', async () => {
    const secure = await startRegistry((response) => serveManifest(response));
    const plain = await startRegistry((response) => serveManifest(response), { plain: true });
    const front = await listen(
      createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', (first: Buffer) => {
          // A TLS handshake begins with this byte (RFC 8446, 5.1).
          const behind = connect(first[0] === 0x16 ? secure.server.port : plain.server.port, '127.0.0.1');
          behind.on('error', () => undefined).write(first);
          socket.pipe(behind).pipe(socket);
        });
      }),
    );
    keep(front);
    const domain = `localhost:${front.port}`;
    expect((await (await openClient()).read(domain)).mediaType).toBe(ociImage);
    const { read } = await openClient({ env: { SSL_CERT_FILE: '/dev/null' } });
    expect((await failureOf(read(domain))).code).toBe('REGISTRY_UNREACHABLE');
    expect(plain.server.requests).toEqual([]);
  });

  it('a registry of this machine that nobody runs is reported by the failure of https', async () => {
    const { port, stop } = await listen(createServer());
    await stop();
    const { read } = await openClient();
    expect(await failureOf(read(`127.0.0.1:${port}`))).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: `no answer from the registry 127.0.0.1:${port}: dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });
});

describe('plain http', () => {
  /** A proxy that writes down what it is asked for: a registry elsewhere can be asked without a network. */
  async function proxy() {
    return keep(
      await startServer(
        (request, response) => serveManifest(response, manifestText(), { 'X-Url': request.url ?? '' }),
        {
          plain: true,
        },
      ),
    );
  }

  it('plain http is spoken to a registry elsewhere only when the caller asks for it', async () => {
    const server = await proxy();
    const env = { HTTP_PROXY: server.url, HTTPS_PROXY: server.url };
    const wanting = await openClient({ env, plainHttp: ['r.example:5000'] });
    expect((await wanting.read('r.example:5000')).mediaType).toBe(ociImage);
    expect(server.requests).toEqual(['GET http://r.example:5000/v2/a/b/manifests/1']);
    // The proxy does not let https through.
    expect(await failureOf(wanting.read('s.example'))).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    expect(await failureOf((await openClient({ env })).read('r.example:5000'))).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
    });
    expect(server.requests).toHaveLength(1);
  });
});

describe('Docker Hub', () => {
  it('Docker Hub is asked at the host of its registry', async () => {
    const asked: string[] = [];
    const server = await listen(
      createServer((socket) =>
        socket
          .on('error', () => undefined)
          .once('data', (data: Buffer) => {
            asked.push(data.toString().split('\r\n')[0] ?? '');
            socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
          }),
      ),
    );
    keep(server);
    const { read } = await openClient({ env: { HTTPS_PROXY: `http://127.0.0.1:${server.port}` } });
    expect(await failureOf(read('docker.io', '3', 'library/alpine'))).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
    });
    expect(asked).toEqual(['CONNECT registry-1.docker.io:443 HTTP/1.1']);
  });
});

describe('the certificates of a registry', () => {
  const put = (folder: string, name: string, from: string): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), readFileSync(from));
  };

  it.each(['.docker/certs.d', '.docker/tls', 'engine'])(
    'the certificates of a registry are read from %s, and the client shows its own',
    async (place) => {
      const authority = await certificates();
      const alice = issue(authority, { usage: 'clientAuth' });
      const server = keep(
        await startServer((_, response) => serveManifest(response), {
          ...{ requestCert: true, rejectUnauthorized: true, ca: readFileSync(authority.caCertificate) },
        }),
      );
      const home = makeScratch();
      const folder = join(home, place, `localhost:${server.port}`);
      put(folder, 'ca.crt', authority.caCertificate);
      put(folder, 'client.cert', alice.cert);
      put(folder, 'client.key', alice.key);
      const { read } = await openClient({ home, env: { SSL_CERT_FILE: '/dev/null' } });
      expect((await read(`localhost:${server.port}`)).mediaType).toBe(ociImage);
    },
  );

  it('the certificates of a registry that do not fit end the request before it is sent', async () => {
    const { domain, server } = await startRegistry((response) => serveManifest(response));
    const home = makeScratch();
    put(join(home, '.docker/tls', domain), 'client.cert', (await certificates()).serverCertificate);
    const { read, registry } = await openClient({ home });
    expect(await failureOf(read(domain))).toMatchObject({ code: 'TLS_CONFIG_INVALID' });
    await registry.close();
    expect(server.requests).toEqual([]);
  });
});

describe('what a registry answers', () => {
  it.each([
    [404, 'MANIFEST_UNKNOWN', 'IMAGE_NOT_THERE'],
    [404, 'NAME_UNKNOWN', 'IMAGE_NOT_THERE'],
    [404, 'NOT_FOUND', 'IMAGE_NOT_THERE'],
    [404, 'UNSUPPORTED', 'REGISTRY_INVALID'],
    [401, 'UNAUTHORIZED', 'REGISTRY_UNAUTHORIZED'],
    [403, 'DENIED', 'REGISTRY_UNAUTHORIZED'],
    [429, 'TOOMANYREQUESTS', 'REGISTRY_UNAVAILABLE'],
    [500, 'UNKNOWN', 'REGISTRY_UNAVAILABLE'],
    [503, 'MANIFEST_UNKNOWN', 'REGISTRY_UNAVAILABLE'],
    [400, 'MANIFEST_INVALID', 'REGISTRY_INVALID'],
    [410, 'MANIFEST_UNKNOWN', 'REGISTRY_INVALID'],
    [202, 'MANIFEST_UNKNOWN', 'REGISTRY_INVALID'],
  ] as const)('an answer with status %i and %s is %s', async (status, code, expected) => {
    const { domain } = await startRegistry((response) => refuse(response, status, code));
    const { read } = await openClient();
    const failure = await failureOf(read(domain));
    expect(failure.code).toBe(expected);
    expect(failure.details).toMatchObject({ registry: domain, image: `${domain}/a/b:1`, status });
    expect(failure.hint ?? failure.message).not.toBe('');
  });

  const known = async (answer: (response: ServerResponse) => void) => {
    const { domain, asked } = await startRegistry(answer);
    const { registry } = await openClient();
    return { domain, asked, check: registry.checkRepository({ domain, path: 'a/b' }) };
  };

  it.each(['{"name":"a/b","tags":["1"]}', '{"name":"a/b","tags":null}'])(
    'a repository with the list of tags %s is known',
    async (list) => {
      const { check, asked } = await known((response) => response.end(list));
      await check;
      expect(asked.map(({ url }) => url)).toEqual(['/v2/a/b/tags/list?n=1']);
    },
  );

  it.each([
    [404, 'NAME_UNKNOWN', 'REGISTRY_NAME_UNKNOWN'],
    [404, 'NOT_FOUND', 'REGISTRY_NAME_UNKNOWN'],
    [404, 'UNSUPPORTED', 'REGISTRY_INVALID'],
    [401, 'UNAUTHORIZED', 'REGISTRY_UNAUTHORIZED'],
    [500, 'NAME_UNKNOWN', 'REGISTRY_UNAVAILABLE'],
    [200, 'NAME_UNKNOWN', 'REGISTRY_INVALID'],
  ] as const)('a repository that is answered with status %i and %s is %s', async (status, code, expected) => {
    const { check, domain } = await known((response) => refuse(response, status, code));
    const failure = await failureOf(check);
    expect(failure.code).toBe(expected);
    expect(failure.details).toMatchObject({ registry: domain, image: `${domain}/a/b` });
  });

  it('a page in place of a list of tags does not say that the repository is known', async () => {
    const { check } = await known((response) => response.end('<html>'));
    expect(await failureOf(check)).toMatchObject({ code: 'REGISTRY_INVALID' });
  });

  it('a repository that is not known is named with what to do', async () => {
    const { check, domain } = await known((response) => refuse(response, 404, 'NAME_UNKNOWN'));
    expect(await failureOf(check)).toMatchObject({
      message: `the registry ${domain} does not know the repository ${domain}/a/b, or hides it from this login`,
      hint: expect.stringContaining(`"docker login ${domain}"`) as string,
    });
  });

  it('an image that is not there is said to be hidden perhaps, with what to do', async () => {
    const { domain } = await startRegistry((response) => refuse(response, 404, 'MANIFEST_UNKNOWN'));
    const { read } = await openClient();
    expect(await failureOf(read(domain))).toMatchObject({
      message: `${domain}/a/b:1: not found in the registry, or no access`,
      hint: `An image is signed in its registry: push it first ("docker push ${domain}/a/b:1"). If it is there, log in as a user who may read it ("docker login ${domain}").`,
    });
  });

  it('a page that says 404 and is not of a registry does not say that the image is absent', async () => {
    const { domain } = await startRegistry((response) => response.writeHead(404).end('<html>'));
    const { read } = await openClient();
    expect(await failureOf(read(domain))).toMatchObject({
      code: 'REGISTRY_INVALID',
      hint: `Is ${domain} a registry, and are its name and port right?`,
    });
  });

  it('a registry that is asked too much is named with the time to wait', async () => {
    const { domain } = await startRegistry((response) =>
      refuse(response, 429, 'TOOMANYREQUESTS', { 'Retry-After': '30' }),
    );
    const { read } = await openClient();
    expect((await failureOf(read(domain))).hint).toBe('Try again in 30 seconds.');
  });

  it('what a registry says cannot act on the terminal', async () => {
    const { domain } = await startRegistry((response) => {
      const errors = [{ code: 'DENIED', message: 'a\u001b[2J\nb\u202e' }];
      response.writeHead(403).end(JSON.stringify({ errors }));
    });
    const { read } = await openClient();
    const { message } = await failureOf(read(domain));
    expect(message).toBe(`the registry ${domain} refuses ${domain}/a/b:1: DENIED: a [2J b (status 403)`);
  });

  it.each([301, 302, 303, 307, 308])('a redirect with status %i is not followed', async (status) => {
    const other = await startRegistry((response) => serveManifest(response));
    const { domain, asked } = await startRegistry((response) =>
      response.writeHead(status, { Location: `${other.server.url}/v2/a/b/manifests/1` }).end(),
    );
    const { read } = await openClient();
    expect(await failureOf(read(domain))).toMatchObject({
      code: 'REGISTRY_INVALID',
      message: `the registry ${domain} redirects to ${other.domain} instead of answering (${domain}/a/b:1)`,
    });
    expect(asked).toHaveLength(1);
    expect(other.asked).toEqual([]);
  });
});
