import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRepository } from '../../src/library/open-repository.ts';
import type { OpenOptions, Repository } from '../../src/library/repository.ts';
import { available } from '../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../support/genuine/stage.ts';

const gun = 'docker.io/alice/library';
const passphrase = 'a long passphrase';

describe.skipIf(!available('notary', 'notary-server', 'openssl'))(
  'the library on a genuine server that wants tokens',
  () => {
    let stage: Stage;
    const opened: Repository[] = [];
    beforeAll(async () => {
      stage = await genuineStage({ auth: 'token' });
    });
    afterAll(async () => {
      for (const repository of opened) await repository.close();
      await stage.close();
    });

    async function open(trustDir: string, options: Partial<OpenOptions> = {}): Promise<Repository> {
      const ca = stage.certificates.caCertificate;
      const repository = await openRepository({ ...{ trustDir, gun, server: stage.url, ca }, ...options });
      opened.push(repository);
      return repository;
    }

    it('the library on a genuine server publishes what notary lists, and lists what notary publishes', async () => {
      const auth = Buffer.from('alice:wonderland').toString('base64');
      const passphrases = { root: passphrase, targets: passphrase, snapshot: passphrase };
      const home = stage.home('owner', { passphrases, env: { NOTARY_AUTH: auth } });
      const credentials = { username: 'alice', password: 'wonderland' };
      const owner = await open(home.trustDir, { credentials, passphrase });
      await owner.init();
      await owner.add('by-script', new TextEncoder().encode('made by a script\n'));
      await owner.publish();
      const { stdout } = await home.notary('list', gun);
      expect(stdout).toMatch(/by-script +[0-9a-f]{64} +17 +targets/);
      await home.notary('add', gun, 'by-notary', home.write('file', 'made by notary\n'), '-p');
      const reader = await open(stage.home('reader').trustDir);
      expect((await reader.list()).map(({ name }) => name)).toEqual(['by-notary', 'by-script']);
      await owner.remove('by-notary');
      await owner.publish();
      expect((await home.notary('list', gun)).stdout).not.toContain('by-notary');
    });

    it('the library on a genuine server sends the credentials of the script and no others', async () => {
      process.env['NOTARY_AUTH'] = Buffer.from('alice:wonderland').toString('base64');
      try {
        const other = { gun: 'docker.io/alice/other', passphrase };
        const nobody = await open(stage.home('nobody').trustDir, other);
        await expect(nobody.init()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
        const credentials = async () => ({ username: 'alice', password: 'looking glass' });
        const wrong = await open(stage.home('wrong').trustDir, { ...other, credentials });
        const refusal: unknown = await wrong.init().catch((error: unknown) => error);
        expect(refusal).toMatchObject({ code: 'UNAUTHORIZED' });
        expect(JSON.stringify(refusal) + String(refusal)).not.toContain('looking glass');
      } finally {
        delete process.env['NOTARY_AUTH'];
      }
    });
  },
);
