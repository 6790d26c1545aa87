/** Pipelines that people run, with both programs: loops of sh, keys through pipes, variables of CI services, expect. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { available, cleanEnvironment, type Program, run } from '../support/genuine/programs.ts';
import { openShell, shellLine } from '../support/genuine/pseudo-terminal.ts';
import type { Stage } from '../support/genuine/stage.ts';

const programs: readonly Program[] = ['notary', 'tsnotary'];

onEachServer('pipelines', ['notary', 'openssl'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open();
  });
  afterAll(() => stage.close());

  /** Runs a script of sh in a home; `$CLIENT` is the program. */
  const script = (home: Home, program: Program, text: string, env: Record<string, string> = {}) =>
    run('sh', ['-eu', '-c', text.replaceAll('$CLIENT', shellLine(program, []))], {
      env: cleanEnvironment({ ...home.env, ...env }),
      cwd: home.work,
    });

  it.each(programs)('a while read loop around %s reads every line of its list', async (program) => {
    const home = stage.home(`loop-${program}`);
    const gun = `docker.io/loop/${program}`;
    await home.tsnotary('init', gun, '-p');
    const { status, stdout } = await script(
      home,
      program,
      `echo content >file
       printf 'v1\\nv2\\nv3\\n' | while read -r name; do
         $CLIENT add ${gun} "$name" file
         $CLIENT status ${gun} >/dev/null
         $CLIENT key list >/dev/null
       done
       printf '%s\\n' ${gun} | while read -r gun; do $CLIENT publish "$gun"; $CLIENT list "$gun"; done`,
    );
    expect(status).toBe(0);
    expect(stdout.match(/^v[123] /gm)).toEqual(['v1 ', 'v2 ', 'v3 ']);
  });

  it.each(programs)(
    'a payload goes through %s in a pipe, and what was not signed does not',
    async (program) => {
      const home = stage.home(`payload-${program}`);
      const gun = `docker.io/payload/${program}`;
      await home.tsnotary('init', gun, '-p');
      await home.tsnotary('add', gun, 'script', home.write('script', 'echo it runs\n'), '-p');
      const good = await script(home, program, `cat script | $CLIENT verify ${gun} script | sh`);
      expect([good.status, good.stdout]).toEqual([0, 'it runs\n']);
      const bad = await script(home, program, `echo 'echo evil' | $CLIENT verify ${gun} script -q`);
      expect([bad.status, bad.stdout.includes('evil\n')]).toEqual([1, false]);
    },
  );

  it.each(['/dev/stdin', ...(available('bash') ? ['<(process substitution)'] : [])])(
    'a key from a vault reaches key import through %s, and signs',
    async (way) => {
      for (const program of programs) {
        const home = stage.home(`vault-${program}-${way.length}`);
        const gun = `docker.io/vault/${program}${way.length}`;
        await home.tsnotary('init', gun, '-p');
        await home.openssl(
          ...[
            'req',
            '-x509',
            '-newkey',
            'ec',
            '-pkeyopt',
            'ec_paramgen_curve:P-256',
            '-nodes',
            '-days',
            '800',
          ],
          ...['-subj', '/CN=ci', '-keyout', 'ci.key', '-out', 'ci.crt'],
        );
        await home.tsnotary('delegation', 'add', gun, 'targets/releases', 'ci.crt', '--all-paths', '-p');
        const take = shellLine(program, ['key', 'import', '-r', 'ci']);
        const line =
          way === '/dev/stdin'
            ? `cat ci.key | ${take} /dev/stdin`
            : `exec bash -c '${take.replaceAll("'", '')} <(cat ci.key)'`;
        const imported = await script(home, program, line);
        expect([imported.status, imported.stdout]).toEqual([0, '']);
        await script(home, program, `echo x >file; $CLIENT add ${gun} v1 file -r targets/releases -p`);
        expect((await home.notary('list', gun)).stdout).toContain('targets/releases');
      }
    },
  );

  it.each(programs)('variables of a pipeline are all that %s needs, without a terminal', async (program) => {
    const home = stage.home(`ci-${program}`, { passphrases: 'none' });
    const gun = `docker.io/ci/${program}`;
    const passphrases = Object.fromEntries(
      ['ROOT', 'TARGETS', 'SNAPSHOT', 'DELEGATION'].map((role) => [
        `NOTARY_${role}_PASSPHRASE`,
        `the ${role} secret`,
      ]),
    );
    const text = `$CLIENT init ${gun}; echo x >file; $CLIENT add ${gun} v1 file; $CLIENT publish ${gun}; $CLIENT key rotate ${gun} snapshot -r; $CLIENT list ${gun}`;
    const { status, stdout } = await script(home, program, text, passphrases);
    expect([status, stdout]).toEqual([0, expect.stringContaining('\nv1 ')]);
  });

  it.each(programs)(
    'the variables of docker are not read by notary, which fails at once, and are the last that tsnotary reads: %s',
    async (program) => {
      const home = stage.home(`docker-${program}`, { passphrases: 'none' });
      const docker = {
        DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'the root secret',
        DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'the repository secret',
      };
      const init = `$CLIENT init docker.io/docker/${program}`;
      const { status, stdout } = await script(home, program, init, docker);
      expect(status).toBe(program === 'notary' ? 1 : 0);
      if (program === 'notary')
        expect(stdout).toContain('* fatal: maximum number of passphrase attempts exceeded');
      else
        expect((await script(home, program, init, { ...docker, NOTARY_ROOT_PASSPHRASE: '' })).status).toBe(1);
    },
  );

  it.skipIf(!available('script')).each(programs)(
    'an ordered script of prompts and answers gets through init, add and publish of %s',
    async (program) => {
      const home = stage.home(`expect-${program}`, { passphrases: 'none' });
      const gun = `docker.io/expect/${program}`;
      const client = shellLine(program, []);
      const terminal = openShell(
        `set -e; ${client} init ${gun}; echo x >file; ${client} add ${gun} v1 file; ${client} publish ${gun}; echo all done`,
        { env: { ...home.env }, cwd: home.work },
      );
      const answers: readonly (readonly [prompt: string, answer: string])[] = [
        ...['new root', 'new targets', 'new snapshot'].flatMap((key) => [
          [`Enter passphrase for ${key} key`, `long ${key}`] as const,
          [`Repeat passphrase for ${key} key`, `long ${key}`] as const,
        ]),
        ['Enter passphrase for targets key', 'long new targets'],
        ['Enter passphrase for snapshot key', 'long new snapshot'],
      ];
      for (const [prompt, answer] of answers) {
        await terminal.waitFor(prompt);
        await terminal.answerHidden(answer);
      }
      await terminal.waitFor(`Successfully published changes for repository ${gun}`);
      await terminal.waitFor('all done');
      expect((await terminal.end()).status).toBe(0);
    },
  );
});
