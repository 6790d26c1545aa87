/** What everybody runs into first, beside the genuine client: locked keys, and a snapshot key that only the owner has. */

import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../support/fixture-files.ts';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Program } from '../support/genuine/programs.ts';
import type { Stage } from '../support/genuine/stage.ts';

const gun = 'docker.io/alice/traps';
const programs: readonly Program[] = ['notary', 'tsnotary'];

onEachServer('the first traps', ['notary', 'openssl'], (open) => {
  let stage: Stage;
  let owner: Home;
  let bob: Home;
  beforeAll(async () => {
    stage = await open();
    owner = stage.home('owner');
    bob = stage.home('bob');
    await owner.tsnotary('init', gun, '-p');
    await owner.tsnotary('add', gun, 'v1', owner.write('v1', 'content'));
    await bob.openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '800'],
      ...['-subj', '/CN=bob', '-keyout', 'bob.key', '-out', 'bob.crt'],
    );
  });
  afterAll(() => stage.close());

  const published = (
    who: Home,
    program: Program,
    env: Record<string, string> = {},
    ...flags: readonly string[]
  ) => who.run(program, [...flags, 'publish', gun], { env });

  describe('a locked key', () => {
    const wrong = { NOTARY_TARGETS_PASSPHRASE: 'open sesame' };

    it('a wrong passphrase in a variable fails in the words of notary, and tsnotary adds which variable it was', async () => {
      const [theirs, ours] = [
        await published(owner, 'notary', wrong),
        await published(owner, 'tsnotary', wrong),
      ];
      expect([ours.status, ours.stdout]).toEqual([theirs.status, theirs.stdout]);
      expect(ours.stderr).toMatch(
        /msg="The key [0-9a-f]{64} \(targets\) is here, and locked: NOTARY_TARGETS_PASSPHRASE does not open it\..*" code=PASSPHRASE_INVALID\n/,
      );
      expect(ours.stdout + ours.stderr).not.toContain('sesame');
    });

    it.each([
      ['NOTARY_TARGETS_PASSPHRASE', ['publish', gun], 'PASSPHRASE_INVALID'],
      ['NOTARY_SNAPSHOT_PASSPHRASE', ['publish', gun], 'PASSPHRASE_INVALID'],
      ['NOTARY_ROOT_PASSPHRASE', ['key', 'rotate', gun, 'targets'], 'PASSPHRASE_INVALID'],
      ['NOTARY_ROOT_PASSPHRASE', ['init', 'docker.io/alice/another'], 'PASSPHRASE_INVALID'],
    ])('--json says of a wrong %s that it was tried: %j', async (variable, args, code) => {
      const { status, stderr } = await owner.run('tsnotary', ['--json', ...args], {
        env: { [variable]: 'open sesame' },
      });
      const lines = stderr.split('\n').filter((line) => line.startsWith('{"error"'));
      const { error } = JSON.parse(lines[0] ?? '{}') as {
        error: { code: string; details: { tried: string[]; key: string } };
      };
      expect([status, error.code, error.details.tried]).toEqual([1, code, [variable]]);
      expect(readdirSync(`${owner.trustDir}/private`)).toContain(`${error.details.key}.key`);
      expect(stderr).not.toContain('sesame');
    });

    it('a variable that a pipeline left empty is named as empty, and docker’s as one that is not read then', async () => {
      const ours = await published(owner, 'tsnotary', { NOTARY_TARGETS_PASSPHRASE: '' });
      const theirs = await published(owner, 'notary', { NOTARY_TARGETS_PASSPHRASE: '' });
      expect([ours.status, ours.stdout]).toEqual([theirs.status, theirs.stdout]);
      expect(ours.stderr).toContain('NOTARY_TARGETS_PASSPHRASE (empty)');
      expect(ours.stderr).toContain(
        'DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE (not read beside an empty NOTARY_TARGETS_PASSPHRASE)',
      );
    });
  });

  describe('a key that is here and not in the role', () => {
    it('is named, with the command for the owner', async () => {
      await owner.tsnotary('publish', gun);
      await owner.tsnotary(
        'delegation',
        'add',
        gun,
        'targets/releases',
        `${bob.work}/bob.crt`,
        '--all-paths',
        '-p',
      );
      const eve = stage.home('eve');
      await eve.tsnotary('key', 'generate', '-r', 'eve');
      await eve.tsnotary('add', gun, 'v2', eve.write('v2', 'x'), '-r', 'targets/releases');
      const [theirs, ours] = [await published(eve, 'notary'), await published(eve, 'tsnotary')];
      expect([ours.status, ours.stdout]).toEqual([theirs.status, theirs.stdout]);
      expect(ours.stderr).toMatch(
        /The key [0-9a-f]{64} is here and not among the keys of targets\/releases of docker\.io\/alice\/traps: ask its owner to add it \(tsnotary delegation add .* code=NO_KEYS\n/,
      );
    });
  });

  describe('a root certificate for another name', () => {
    it('is refused by tsnotary at init with both names; notary takes it and cannot publish', async () => {
      await owner.openssl(
        ...['req', '-x509', '-key', fixturePath('keys/p256.pem'), '-days', '800', '-out', 'root.crt'],
        ...['-subj', '/CN=docker.io\\/alice\\/wrong', '-addext', 'basicConstraints=critical,CA:FALSE'],
      );
      const key = fixturePath('keys/p256.sec1.aes256.pem');
      const files = ['--rootkey', key, '--rootcert', `${owner.work}/root.crt`];
      const env = { NOTARY_ROOT_PASSPHRASE: 'fixture-passphrase' };
      for (const program of programs) {
        const home = stage.home(`certified-${program}`);
        const { status, stdout } = await home.run(program, ['init', 'docker.io/alice/right', ...files], {
          env,
        });
        if (program === 'tsnotary') {
          expect([status, stdout]).toEqual([
            1,
            '\n* fatal: the certificate is for another name (CN docker.io/alice/wrong); no client would take it for the root key of docker.io/alice/right\n',
          ]);
          expect((await home.tsnotary('key', 'list')).stdout).toContain('No signing keys found.');
          await home.tsnotary('init', 'docker.io/alice/right');
        } else {
          expect(status).toBe(0);
          const publish = await home.run(program, ['publish', 'docker.io/alice/right'], { env });
          expect([publish.status, publish.stdout]).toEqual([
            1,
            expect.stringContaining('unable to retrieve valid leaf certificates'),
          ]);
        }
      }
    });
  });

  describe('a snapshot key that only the owner has', () => {
    it('the owner who delegates is told the command', async () => {
      const add = ['delegation', 'add', gun, 'targets/releases', `${bob.work}/bob.crt`, '--all-paths'];
      const command = `tsnotary key rotate ${gun} snapshot -r" code=SNAPSHOT_KEY_HERE`;
      expect((await owner.tsnotary(...add)).stderr).toContain(command);
      expect((await owner.tsnotary('publish', gun)).stderr).toContain(command);
    });

    it.each(programs)('a collaborator without it cannot publish with %s', async (program) => {
      if (program === 'notary') {
        await bob.tsnotary('key', 'import', `${bob.work}/bob.key`, '-r', 'bob');
        await bob.tsnotary('add', gun, 'v3', bob.write('v3', 'x'), '-r', 'targets/releases');
      }
      const { status, stdout, stderr } = await published(bob, program);
      expect([status, stdout]).toEqual([
        1,
        `Pushing changes to ${gun}\n\n* fatal: Metadata hierarchy is incomplete: no snapshot was included in update and server does not hold current snapshot key for repository\n`,
      ]);
      if (program === 'tsnotary')
        expect(stderr).toMatch(
          /Ask the owner to run: tsnotary key rotate docker\.io\/alice\/traps snapshot -r; .* code=BAD_HIERARCHY\n$/,
        );
    });

    it('the command helps', async () => {
      await owner.tsnotary('key', 'rotate', gun, 'snapshot', '-r');
      await bob.tsnotary('publish', gun);
      const add = ['delegation', 'add', gun, 'targets/releases', `${bob.work}/bob.crt`, '--all-paths', '-p'];
      expect((await owner.tsnotary(...add)).stderr).not.toContain('SNAPSHOT_KEY_HERE');
    });
  });
});
