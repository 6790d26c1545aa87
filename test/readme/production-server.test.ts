/** What the page on a server for production gives to copy, as far as it can be run here. */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import { certificates } from '../support/genuine/certificates.ts';
import { makeHome } from '../support/genuine/home.ts';
import { available, repository, run } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { memoryClock, seededRandom } from '../support/memory-ports.ts';
import { serveHttps } from '../support/memory-server-https.ts';
import { blocksOf } from './blocks.ts';

const page = readFileSync(join(repository, 'docs/production-server.md'), 'utf8');
const blocks = blocksOf(page);
const textOf = (language: string): string => blocks.find((block) => block.language === language)?.text ?? '';

describe('the page on a server for production', () => {
  it('the page on a server for production shows configurations that can be read', () => {
    const texts = blocks.filter(({ language }) => language === 'json').map(({ text }) => text);
    expect(texts).toHaveLength(2);
    for (const text of texts) expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  it('the page on a server for production names in each file the certificates that it makes', () => {
    const made = /^issue (\S+)/gm;
    const issued = Array.from(page.matchAll(made), ([, name]) => `${name ?? ''}.crt`);
    expect(issued).toEqual(['notary-signer.crt', 'notary-server.crt']);
    const configured = blocks
      .filter(({ language }) => language === 'json')
      .map(({ text }) => text)
      .join();
    for (const name of [...issued, 'internal-ca.crt']) expect(configured).toContain(`"${name}"`);
  });
});

describe.skipIf(!available('openssl'))('the script that moves a collection', () => {
  const folder = makeScratch();
  const gun = "docker.io/alice/o'demo";
  const server = { store: memoryServerStore(), clock: memoryClock(new Date()), random: seededRandom() };
  let rows: readonly string[];
  let served: ReadonlyMap<string, Uint8Array>;

  async function script(...words: readonly string[]) {
    const command = `exec ${process.execPath} collection-sql.mjs "$@"`;
    const authority = (await certificates()).caCertificate;
    const env = { NODE_EXTRA_CA_CERTS: authority };
    return run('sh', ['-c', command, 'sh', ...words], { cwd: folder, env });
  }

  beforeAll(async () => {
    const authority = await certificates();
    const https = await serveHttps(server, authority);
    try {
      const home = makeHome({
        ...{ folder: join(folder, 'owner'), certificates: authority, serverUrl: https.url },
      });
      await home.tsnotary('init', gun, '-p');
      await home.tsnotary('key', 'rotate', gun, 'targets');
      const key = await home.tsnotary('key', 'generate', '-r', 'user', '-o', 'bob');
      expect(key.status).toBe(0);
      await home.tsnotary('delegation', 'add', gun, 'targets/releases', 'bob.pem', '--all-paths', '-p');
      await home.tsnotary('key', 'import', 'bob-key.pem');
      await home.tsnotary('add', gun, '1.0', 'bob.pem', '-r', 'targets/releases', '-p');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'collection-sql.mjs'), textOf('js'));
      const { status, stdout, stderr } = await script(https.url, gun);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      rows = stdout.trimEnd().split('\n');
      const mysql = await script(https.url, gun, 'mysql');
      expect(mysql.stdout.replace(/UNHEX\((.*)\)\);/g, "decode($1, 'hex'));")).toBe(stdout);
      const unknown = await script(https.url, 'docker.io/alice/unknown');
      expect(unknown.status).toBe(1);
    } finally {
      await https.stop();
    }
    const files = new Map<string, Uint8Array>();
    for (const role of ['targets', 'targets/releases', 'snapshot', 'timestamp']) {
      files.set(role, (await server.store.current(gun, role))?.bytes ?? new Uint8Array());
    }
    for (const version of [1, 2]) {
      files.set(
        `root ${version}`,
        (await server.store.byVersion(gun, 'root', version))?.bytes ?? new Uint8Array(),
      );
    }
    served = files;
  });
  afterAll(() => removeScratch(folder));

  it('the script that moves a collection writes every root and the current file of every other role, in one transaction', () => {
    expect([rows[0], rows.at(-1)]).toEqual(['BEGIN;', 'COMMIT;']);
    const put = rows.slice(1, -1).map((row) => {
      const [, name, role = '', version = '', sha256, hex = ''] =
        /VALUES \(CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, '(.*)', '(.*)', (\d+), '(\w+)', decode\('(\w+)', 'hex'\)\);$/.exec(
          row,
        ) ?? [];
      const bytes = Buffer.from(hex, 'hex');
      expect(name).toBe("docker.io/alice/o''demo");
      expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      return [role === 'root' ? `root ${version}` : role, bytes.toString()] as const;
    });
    const expected = Array.from(served, ([role, bytes]) => [role, Buffer.from(bytes).toString()] as const);
    expect(new Map(put)).toEqual(new Map(expected));
    expect(put).toHaveLength(6);
  });
});
