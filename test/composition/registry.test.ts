import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openRegistry, openRegistryLogins } from '../../src/composition/registry.ts';
import type { Files } from '../../src/ports/files.ts';
import { certificates } from '../support/genuine/certificates.ts';
import { makeScratch } from '../support/genuine/scratch.ts';
import { memoryClock, memoryLog } from '../support/memory-ports.ts';
import { endRegistries, refuse, serveManifest, startRegistry } from '../support/registry-rig.ts';

afterEach(endRegistries);

const files = { absolute: (path: string) => resolve('/', path) } as Files;

describe('a registry as the command line opens it', () => {
  it('a registry as the command line opens it is read with the login that docker has saved', async () => {
    const wonderland = Buffer.from('alice:wonderland').toString('base64');
    const { domain, asked } = await startRegistry((response, request) => {
      if (request.headers.authorization === `Basic ${wonderland}`) serveManifest(response);
      else refuse(response, 401, 'UNAUTHORIZED', { 'WWW-Authenticate': 'Basic realm="x"' });
    });
    const home = makeScratch();
    mkdirSync(join(home, '.docker'));
    writeFileSync(
      join(home, '.docker/config.json'),
      JSON.stringify({ auths: { [domain]: { auth: wonderland } } }),
    );
    const env = { HOME: home, SSL_CERT_FILE: (await certificates()).caCertificate };
    const log = memoryLog();
    const logins = openRegistryLogins(files, { env, log });
    const registry = openRegistry(files, { env, log, logins, clock: memoryClock() });
    try {
      const manifest = await registry.manifest({ domain, path: 'alice/app' }, '1');
      expect(manifest.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(asked).toHaveLength(2);
      expect(await logins.find(domain)).toMatchObject({ username: 'alice' });
      // Found once, for the registry and for its name.
      expect(
        log.messages('debug').filter((message) => message.startsWith('using the Docker login')),
      ).toHaveLength(1);
    } finally {
      await registry.close();
    }
  });

  it('a registry that was never asked needs nothing to be closed', async () => {
    const log = memoryLog();
    const logins = openRegistryLogins(files, { env: {}, log });
    await openRegistry(files, { env: {}, log, logins, clock: memoryClock() }).close();
    expect(await logins.find('r.example')).toBeUndefined();
  });
});
