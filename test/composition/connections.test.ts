import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type CertificateFolder,
  trustServerFolders,
} from '../../src/adapters/http/docker/certificate-folders.ts';
import { openConnection } from '../../src/composition/connections.ts';
import type { Files } from '../../src/ports/files.ts';
import { certificates } from '../support/genuine/certificates.ts';
import { makeScratch } from '../support/genuine/scratch.ts';
import { gun } from '../support/http-auth-rig.ts';
import { issue, startServer, type TestServer } from '../support/http-rig.ts';
import { memoryClock, memoryLog, scriptedPrompter } from '../support/memory-ports.ts';
import { failureOf } from '../support/refusal.ts';

let server: TestServer | undefined;
afterEach(() => server?.stop());

const files = { absolute: (path: string) => path } as Files;

async function open(serverUrl: string, certificateFolders: readonly CertificateFolder[]) {
  const tls = {
    ca: undefined,
    clientCert: undefined,
    clientKey: undefined,
    skipVerify: false,
    certificateFolders,
  };
  const ports = { prompter: scriptedPrompter(), log: memoryLog(), clock: memoryClock() };
  return openConnection(files, { ...ports, serverUrl, tls, access: 'pull', env: {} });
}

describe("a trust server with certificates in docker's directory", () => {
  it("a trust server with certificates in docker's directory is believed, and is shown the client's", async () => {
    const authority = await certificates();
    const alice = issue(authority, { usage: 'clientAuth' });
    const ca = readFileSync(authority.caCertificate);
    server = await startServer((_, response) => response.end('metadata'), {
      ...{ requestCert: true, rejectUnauthorized: true, ca },
    });
    const home = makeScratch();
    const folders = trustServerFolders({ HOME: home }, new URL(server.url).host);
    const [folder] = folders;
    mkdirSync(folder?.path ?? '', { recursive: true });
    writeFileSync(join(folder?.path ?? '', 'ca.crt'), ca);
    writeFileSync(join(folder?.path ?? '', 'client.cert'), readFileSync(alice.cert));
    writeFileSync(join(folder?.path ?? '', 'client.key'), readFileSync(alice.key));

    const connection = await open(server.url, folders);
    expect(Buffer.from(await connection.remoteStore(gun).get('timestamp', 100)).toString()).toBe('metadata');
    await connection.close();

    const without = await open(server.url, []);
    expect(await failureOf(without.remoteStore(gun).get('timestamp', 100))).toMatchObject({
      code: 'OFFLINE',
    });
    await without.close();
  });

  it("a trust server whose directory lacks a key is not asked, in docker's words", async () => {
    const folder = makeScratch();
    writeFileSync(join(folder, 'client.cert'), 'x');
    expect(await failureOf(open('https://localhost:1', [{ path: folder, ofEngine: false }]))).toMatchObject({
      code: 'TLS_CONFIG_INVALID',
      message:
        'missing key client.key for client certificate client.cert. CA certificates must use the extension .crt',
    });
  });
});
