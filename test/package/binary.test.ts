/**
 * The standalone executable, built anew. The Node in it comes from the npm registry, or from what an earlier
 * run has left in node_modules/.cache; where neither is there, these tests are skipped.
 */

import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificates } from '../support/genuine/certificates.ts';
import { available, repository } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { gun, type Library, library, passphrase } from '../support/library-server.ts';

const unreachable = 75;
const ours = process.platform === 'linux' && process.arch === 'x64' && available('openssl');

/** Runs a file of `.config/`, with the environment of this process: npm's cache and registry are the user's. */
function prepare(...words: readonly string[]) {
  return spawnSync(process.execPath, words, { cwd: repository, encoding: 'utf8' });
}

/** Whether there is a Node to build with; any failure but an unreachable registry is one of the tests. */
const fetched = ours ? prepare('scripts/fetch-node.mjs') : undefined;

describe.skipIf(!ours || fetched?.status === unreachable)(
  'the standalone executable (needs the npm registry)',
  () => {
    let folder: string;
    let program: string;
    let stage: Library;
    let env: Record<string, string>;
    beforeAll(async () => {
      folder = makeScratch();
      const { status, stdout, stderr } = prepare('scripts/build-binary.mjs', folder);
      expect([fetched?.status, status, stdout, stderr]).toEqual([0, 0, '', '']);
      program = join(folder, 'tsnotary');
      stage = await library();
      const { caCertificate } = await certificates();
      const home = join(folder, 'home');
      mkdirSync(join(home, '.notary'), { recursive: true });
      const server = { url: stage.server.url, root_ca: caCertificate };
      writeFileSync(join(home, '.notary/config.json'), JSON.stringify({ remote_server: server }));
      env = {
        // Nothing of this machine's programs is found.
        ...{ PATH: '', HOME: home, NOTARY_ROOT_PASSPHRASE: passphrase },
        ...{ NOTARY_TARGETS_PASSPHRASE: passphrase, NOTARY_SNAPSHOT_PASSPHRASE: passphrase },
      };
    });
    afterAll(async () => {
      await stage.stop();
      removeScratch(folder);
    });

    /** Rejects with all output when the status is not 0. */
    const run = async (words: readonly string[], more: Record<string, string> = {}) =>
      promisify(execFile)(program, words, { env: { ...env, ...more }, cwd: folder });

    it('the standalone executable says what the program in the work tree says', async () => {
      const other = (words: readonly string[]) =>
        spawnSync(process.execPath, [join(repository, 'bin/tsnotary.js'), ...words], {
          env,
          encoding: 'utf8',
        });
      for (const words of [
        ['--help'],
        ['delegation', 'add', '--help'],
        ['completion', 'fish'],
        ['__complete', 'key', ''],
      ]) {
        expect((await run(words)).stdout).toBe(other(words).stdout);
      }
      // The two may have been built at different commits.
      const version = (text: string) => text.replace(/[0-9a-f]{40}/, 'COMMIT');
      const { stdout } = await run(['version']);
      expect(version(stdout).replace(/v24\.\S+\)/, `${process.version})`)).toBe(
        version(other(['version']).stdout),
      );
    });

    it('the standalone executable signs, publishes and lists', async () => {
      await run(['init', gun, '-p']);
      await run(['add', gun, '1.0', program, '-p']);
      expect((await run(['list', gun])).stdout).toMatch(/1\.0 +[0-9a-f]{64} +\d+ +targets/);
      await expect(run(['lookup', gun, '2.0'])).rejects.toMatchObject({ code: 1 });
    });

    it('the standalone executable comes with the licences of all that is in it', async () => {
      expect(readdirSync(folder).sort()).toEqual(['THIRD-PARTY-NOTICES.txt', 'home', 'tsnotary']);
    });

    describe('the standalone executable in a hostile environment', () => {
      const evil = () => join(folder, 'evil.cjs');
      beforeAll(() => writeFileSync(evil(), "require('node:fs').writeSync(1, 'EVIL')"));

      const asBefore = async (more: Record<string, string>) => {
        const words = ['list', gun];
        expect(await run(words, more)).toEqual(await run(words));
      };

      it('the variable NODE_OPTIONS makes the executable run no other code, and opens no debugger', async () => {
        await asBefore({ NODE_OPTIONS: `--require ${evil()}` });
        await asBefore({ NODE_OPTIONS: '--inspect-brk=127.0.0.1:0' });
        await asBefore({ NODE_OPTIONS: '--no-such-option' });
      });

      it('the variable NODE_PATH and files in the working directory make the executable run no other code', async () => {
        mkdirSync(join(folder, 'home/chunks'), { recursive: true });
        for (const name of ['undici.js', 'node:crypto.js', 'tsnotary.cjs', 'chunks/evil.cjs']) {
          writeFileSync(join(folder, 'home', name), "require('node:fs').writeSync(1, 'EVIL')");
        }
        const { stdout } = await promisify(execFile)(program, ['list', gun], {
          env: { ...env, NODE_PATH: join(folder, 'home') },
          cwd: join(folder, 'home'),
        });
        expect(stdout).toBe((await run(['list', gun])).stdout);
      });

      it('options of Node on the command line are none to the executable', async () => {
        for (const option of ['--require', '--inspect', '--eval']) {
          const failure: unknown = await run([option, evil()]).catch((error: unknown) => error);
          expect(failure).toMatchObject({ code: 1 });
          expect(JSON.stringify(failure)).not.toContain('EVIL');
        }
      });

      it('the variable OPENSSL_CONF loads no other cryptography', async () => {
        const configuration = join(folder, 'openssl.cnf');
        const lines = ['nodejs_conf = top', '[top]', 'providers = list', '[list]', 'other = module'];
        writeFileSync(
          configuration,
          [...lines, '[module]', `module = ${evil()}`, 'activate = 1', ''].join('\n'),
        );
        await asBefore({ OPENSSL_CONF: configuration });
      });

      it('the variables of the environment have no other server believed', async () => {
        const { caCertificate } = await certificates();
        const home = join(folder, 'stranger');
        mkdirSync(home);
        for (const more of [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, { NODE_EXTRA_CA_CERTS: caCertificate }]) {
          const words = ['list', 'docker.io/alice/strange', '-s', stage.server.url];
          const failure: unknown = await run(words, { HOME: home, ...more }).catch((error: unknown) => error);
          expect(failure).toMatchObject({ code: 1 });
          expect(String((failure as { stderr?: string }).stderr)).toContain(
            'certificate signed by unknown authority',
          );
        }
      });
    });
  },
);
