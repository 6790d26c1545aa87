/** The genuine `notary` against the server of this program. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NotaryServer } from '../../src/server/server.ts';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import { type Certificates, certificates } from '../support/genuine/certificates.ts';
import { type Home, makeHome } from '../support/genuine/home.ts';
import { available } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { memoryClock, seededRandom } from '../support/memory-ports.ts';
import { type HttpsServer, serveHttps } from '../support/memory-server-https.ts';

describe.skipIf(!available('notary', 'openssl'))('the genuine notary against our server', () => {
  const folder = makeScratch();
  let authority: Certificates;

  beforeAll(async () => {
    authority = await certificates();
  });
  afterAll(() => removeScratch(folder));

  function person(name: string, server: HttpsServer): Home {
    return makeHome({ folder: join(folder, name), certificates: authority, serverUrl: server.url });
  }

  /** A new key pair with a certificate; the private key is imported, the certificate's path returned. */
  async function delegationKey(home: Home): Promise<string> {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'd.key'];
    await home.openssl(
      'req',
      '-x509',
      '-sha256',
      '-days',
      '400',
      ...key,
      '-out',
      'd.crt',
      '-subj',
      '/CN=dan',
    );
    await home.notary('key', 'import', 'd.key', '--role', 'user');
    return join(home.work, 'd.crt');
  }

  /** Target names and roles as `notary list` shows them. */
  async function listed(home: Home, gun: string): Promise<readonly string[]> {
    const { stdout } = await home.notary('list', gun);
    const rows = stdout.split('\n').filter((line) => /[0-9a-f]{64}/.test(line));
    return rows.map((row) => row.trim().split(/\s+/)).map((cells) => `${cells[0]} ${cells.at(-1)}`);
  }

  it.each(['ed25519', 'ecdsa'] as const)(
    'the genuine notary publishes, delegates, hands over the snapshot and deletes on our server, with %s keys of the server',
    async (keyAlgorithm) => {
      const clock = memoryClock(new Date());
      const server: NotaryServer = {
        store: memoryServerStore(),
        clock,
        random: seededRandom(),
        keyAlgorithm,
      };
      const https = await serveHttps(server, authority);
      try {
        const gun = 'example.com/alice/demo';
        const owner = person(`owner-${keyAlgorithm}`, https);
        const file = owner.write('file', 'content');
        await owner.notary('init', gun);
        await owner.notary('add', gun, 'v1', file);
        await owner.notary('publish', gun);
        expect(await listed(owner, gun)).toEqual(['v1 targets']);

        await owner.notary(
          'delegation',
          'add',
          gun,
          'targets/releases',
          await delegationKey(owner),
          '--all-paths',
        );
        await owner.notary('publish', gun);
        await owner.notary('key', 'rotate', gun, 'snapshot', '-r');
        await owner.notary('key', 'rotate', gun, 'timestamp', '-r');
        await owner.notary('add', gun, 'v2 <&> "é"', file, '-r', 'targets/releases', '-p');
        const { stdout } = await owner.notary('delegation', 'list', gun);
        expect(stdout).toContain('targets/releases');

        const reader = person(`reader-${keyAlgorithm}`, https);
        const { stdout: names } = await reader.notary('list', gun);
        expect(names).toContain('v2 <&> "é"');
        expect(await listed(reader, gun)).toHaveLength(2);
        await reader
          .run('notary', ['verify', gun, 'v1'], { input: 'content' })
          .then(({ status, stdout: out }) => {
            expect({ status, out }).toEqual({ status: 0, out: 'content' });
          });

        // A delegation without keys is written with null where others write an empty list.
        const keyId = /[0-9a-f]{64}/.exec(stdout)?.[0] ?? '';
        await owner.notary('delegation', 'remove', gun, 'targets/releases', keyId, '-y', '-p');
        expect(await listed(reader, gun)).toEqual(['v1 targets']);
        await owner.notary('delegation', 'remove', gun, 'targets/releases', '-y', '-p');
        await owner.notary('key', 'rotate', gun, 'root');
        await owner.notary('key', 'rotate', gun, 'targets');
        expect(await listed(reader, gun)).toEqual(['v1 targets']);

        clock.advance(20 * 24 * 60 * 60 * 1000);
        expect(await listed(reader, gun)).toEqual(['v1 targets']);

        await owner.notary('delete', gun, '--remote');
        const late = await person(`late-${keyAlgorithm}`, https).run('notary', ['list', gun]);
        expect(late.status).not.toBe(0);
        expect(late.stdout + late.stderr).toContain('does not have trust data');
      } finally {
        await https.stop();
      }
    },
  );
});
