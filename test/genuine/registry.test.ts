/** The client of registries beside the genuine registry, with and without TLS, with passwords and with tokens. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, certificates } from '../support/genuine/certificates.ts';
import {
  type DockerRegistry,
  type ManifestKind,
  mediaTypes,
  startDockerRegistry,
} from '../support/genuine/docker-registry.ts';
import { available } from '../support/genuine/programs.ts';
import { makeScratch } from '../support/genuine/scratch.ts';
import { refreshTokenOf, startTokenService, type TokenService } from '../support/genuine/token-service.ts';
import { get, startServer, testClient } from '../support/http-rig.ts';
import { failureOf } from '../support/refusal.ts';
import { endRegistries, keep, openClient } from '../support/registry-rig.ts';

afterEach(endRegistries);

const kinds = Object.keys(mediaTypes) as ManifestKind[];
const login = (text: string): string => Buffer.from(text).toString('base64');

/** A home in which docker has saved one login. */
function homeWith(domain: string, entry: object): string {
  const home = makeScratch();
  mkdirSync(join(home, '.docker'));
  writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ auths: { [domain]: entry } }));
  return home;
}

describe.skipIf(!available('docker-registry'))('the genuine registry', () => {
  describe.each(['http', 'https'])('the genuine registry over %s', (scheme) => {
    let registry: DockerRegistry;
    beforeAll(async () => {
      registry = await startDockerRegistry(scheme === 'http' ? {} : { certificates: await certificates() });
    });
    afterAll(() => registry.stop());

    it.each(kinds)(
      `the genuine registry over ${scheme} serves an %s with the digest and length that were pushed`,
      async (kind) => {
        const { digest, size, text } = await registry.push('alice/app', kind.replace(' ', '-'), kind);
        const { read } = await openClient();
        for (const reference of [kind.replace(' ', '-'), digest]) {
          const manifest = await read(registry.domain, reference, 'alice/app');
          expect(manifest).toMatchObject({ digest, size, mediaType: mediaTypes[kind] });
          expect(Buffer.from(manifest.bytes).toString()).toBe(text);
        }
      },
    );

    it(`the genuine registry over ${scheme} serves what the tag stands for now`, async () => {
      const before = await registry.push('alice/moves', '1', 'oci image', { seed: 'before' });
      const after = await registry.push('alice/moves', '1', 'oci index', { seed: 'after' });
      const { read } = await openClient();
      expect((await read(registry.domain, '1', 'alice/moves')).digest).toBe(after.digest);
      expect((await read(registry.domain, before.digest, 'alice/moves')).digest).toBe(before.digest);
    });

    it(`the genuine registry over ${scheme} says that a tag, a repository or a removed image is not there`, async () => {
      const { digest } = await registry.push('alice/gone', '1', 'docker image');
      await registry.push('alice/gone', '2', 'docker image');
      await registry.remove('alice/gone', digest);
      const { read } = await openClient();
      for (const [reference, path] of [
        ['1', 'alice/gone'],
        [digest, 'alice/gone'],
        ['3', 'alice/gone'],
        ['1', 'nobody/none'],
      ] as const)
        expect(await failureOf(read(registry.domain, reference, path))).toMatchObject({
          code: 'IMAGE_NOT_THERE',
          message: expect.stringMatching(/: not found in the registry, or no access$/) as string,
          details: { status: 404 },
        });
      expect((await read(registry.domain, '2', 'alice/gone')).size).toBeGreaterThan(0);
    });
  });

  it('the genuine registry of an unknown authority is not believed', async () => {
    const registry = keep(await startDockerRegistry({ certificates: await certificates() }));
    await registry.push('alice/app', '1', 'oci image');
    const { read } = await openClient({ env: { SSL_CERT_FILE: '/dev/null' } });
    expect(await failureOf(read(registry.domain, '1', 'alice/app'))).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('x509: certificate signed by unknown authority') as string,
    });
  });

  describe('the genuine registry with passwords', () => {
    let registry: DockerRegistry;
    let digest: string;
    beforeAll(async () => {
      registry = await startDockerRegistry({ certificates: await certificates(), auth: 'basic' });
      const authorization = `Basic ${login('alice:wonderland')}`;
      ({ digest } = await registry.push('alice/app', '1', 'docker list', { authorization }));
    });
    afterAll(() => registry.stop());

    it('the genuine registry with passwords lets the saved login read', async () => {
      const { read, log } = await openClient({
        home: homeWith(registry.domain, { auth: login('alice:wonderland') }),
      });
      expect((await read(registry.domain, '1', 'alice/app')).digest).toBe(digest);
      expect((await failureOf(read(registry.domain, '2', 'alice/app'))).code).toBe('IMAGE_NOT_THERE');
      expect(log.messages('warn')).toEqual([]);
    });

    it('the genuine registry with passwords refuses a wrong login, and the login to repeat is named', async () => {
      const { read, log } = await openClient({
        home: homeWith(registry.domain, { auth: login('alice:looking-glass') }),
      });
      const failure = await failureOf(read(registry.domain, '1', 'alice/app'));
      expect(failure).toMatchObject({
        code: 'REGISTRY_UNAUTHORIZED',
        hint: `Log in with "docker login ${registry.domain}" as someone who may read the image; some registries say the same of an image that does not exist.`,
      });
      expect(log.records.filter(({ level }) => level === 'warn')).toMatchObject([
        { code: 'DOCKER_LOGIN_REFUSED' },
      ]);
      expect(JSON.stringify([failure.message, failure.details, log.records])).not.toContain('looking-glass');
    });

    it('the genuine registry with passwords is not read without a login', async () => {
      const { read } = await openClient();
      expect(await failureOf(read(registry.domain, '1', 'alice/app'))).toMatchObject({
        code: 'REGISTRY_UNAUTHORIZED',
        message: `the registry ${registry.domain} asks for a password: no basic auth credentials`,
      });
    });
  });

  it('the genuine registry with passwords and without TLS is not sent the login', async () => {
    const registry = keep(await startDockerRegistry({ auth: 'basic' }));
    const home = homeWith(registry.domain, { auth: login('alice:wonderland') });
    await registry.push('alice/app', '1', 'oci image', {
      authorization: `Basic ${login('alice:wonderland')}`,
    });
    const { read } = await openClient({ home });
    expect(await failureOf(read(registry.domain, '1', 'alice/app'))).toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: `credentials are not sent over plain http to ${registry.domain}`,
    });
    const insisting = await openClient({ home, env: { TSNOTARY_INSECURE_CREDENTIALS: '1' } });
    expect((await insisting.read(registry.domain, '1', 'alice/app')).mediaType).toBe(mediaTypes['oci image']);
  });

  describe('the genuine registry with tokens', () => {
    let authority: Certificates;
    let tokens: TokenService;
    let registry: DockerRegistry;
    let digest: string;
    beforeAll(async () => {
      authority = await certificates();
      tokens = await startTokenService({ certificates: authority, users: { alice: 'wonderland' } });
      registry = await startDockerRegistry({ certificates: authority, auth: tokens.auth });
      ({ digest } = await registry.push('alice/app', '1', 'oci index', { authorization: await pushToken() }));
    });
    afterAll(async () => {
      await registry.stop();
      await tokens.stop();
    });

    /** The header of somebody who may push. */
    async function pushToken(): Promise<string> {
      const http = await testClient();
      const url = `${tokens.auth.realm}?service=${tokens.auth.service}&scope=repository:alice/app:pull,push`;
      const { body } = await http.send(
        get(url, { headers: { authorization: `Basic ${login('alice:wonderland')}` } }),
      );
      await http.close();
      return `Bearer ${(JSON.parse(Buffer.from(body).toString()) as { token: string }).token}`;
    }

    it.each([
      ['a password', { auth: login('alice:wonderland') }, 'alice'],
      ['an identity token', { auth: login('alice:'), identitytoken: refreshTokenOf('alice') }, 'alice'],
    ])(
      'the genuine registry with tokens lets %s read, with a token for reading alone',
      async (_, entry, user) => {
        const before = tokens.requests.length;
        const { read } = await openClient({ home: homeWith(registry.domain, entry) });
        expect((await read(registry.domain, '1', 'alice/app')).digest).toBe(digest);
        expect((await failureOf(read(registry.domain, '2', 'alice/app'))).code).toBe('IMAGE_NOT_THERE');
        expect(tokens.requests.slice(before)).toMatchObject([
          { user, scopes: ['repository:alice/app:pull'], service: tokens.auth.service, status: 200 },
        ]);
      },
    );

    it('the genuine registry with tokens is not read with a wrong password', async () => {
      const { read } = await openClient({
        home: homeWith(registry.domain, { auth: login('alice:looking-glass') }),
      });
      expect(await failureOf(read(registry.domain, '1', 'alice/app'))).toMatchObject({
        code: 'REGISTRY_UNAUTHORIZED',
        message: expect.stringContaining(
          `the token service of the registry ${registry.domain} refuses: unauthorized`,
        ) as string,
      });
    });

    it('the genuine registry refuses the token of a service that grants another scope than was asked for', async () => {
      const generous = keep(
        await startTokenService({ certificates: authority, users: {}, anonymous: ['pull'] }),
      );
      const asked: (string | null)[] = [];
      const liar = keep(
        await startServer((request, response) => {
          const url = new URL(new URL(request.url ?? '', 'https://localhost').search, generous.auth.realm);
          asked.push(url.searchParams.get('scope'));
          url.searchParams.set('scope', 'repository:alice/other:pull');
          response.writeHead(307, { Location: url.href }).end();
        }),
      );
      const realm = `${liar.url}/token`;
      const misled = keep(
        await startDockerRegistry({ certificates: authority, auth: { ...generous.auth, realm } }),
      );
      const { read } = await openClient();
      expect(await failureOf(read(misled.domain, '1', 'alice/app'))).toMatchObject({
        code: 'REGISTRY_UNAUTHORIZED',
        message: `the registry ${misled.domain} refuses ${misled.domain}/alice/app:1: UNAUTHORIZED: authentication required (status 401)`,
      });
      expect(asked).toEqual(['repository:alice/app:pull']);
      expect(generous.requests).toMatchObject([{ scopes: ['repository:alice/other:pull'], status: 200 }]);
    });
  });
});
