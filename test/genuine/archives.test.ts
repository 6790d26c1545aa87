/** Archives of repositories that genuine `notary` and docker have made say what fresh genuine readers said then. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerRegistry, startDockerRegistry } from '../support/genuine/docker-registry.ts';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { available } from '../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../support/genuine/stage.ts';
import { makeKey, type SignerHome, signTag } from './revoking-team.ts';

const releases = 'targets/releases';

onEachServer('archives of repositories of genuine notary', ['notary'], (open) => {
  let stage: Stage;
  let people = 0;
  beforeAll(async () => {
    stage = await open();
  });
  afterAll(() => stage.close());

  const fresh = (): Home => stage.home(`reader${people++}`);

  interface Team {
    readonly gun: string;
    readonly owner: Home;
    readonly bob: SignerHome;
  }

  async function team(gun: string): Promise<Team> {
    const owner = stage.home(`owner of ${gun}`);
    const bob = await makeKey(stage.home(`bob of ${gun}`), 'bob');
    await owner.notary('init', gun);
    await signTag(owner, gun, 'v0', 'targets');
    await owner.notary('key', 'rotate', gun, 'snapshot', '-r');
    await owner.notary('delegation', 'add', gun, releases, bob.certificate, '--all-paths', '-p');
    await signTag(bob.home, gun, 'v1', releases);
    return { gun, owner, bob };
  }

  /** What a fresh genuine reader gets. */
  async function genuine(gun: string) {
    const reader = fresh();
    const { status, stdout } = await reader.run('notary', ['list', gun]);
    const delegations = await reader.run('notary', ['delegation', 'list', gun]);
    return { status, stdout, delegations: delegations.stdout };
  }

  /** Archives the repository, and reads it without a server. */
  async function archived(gun: string, ...words: readonly string[]) {
    const keeper = fresh();
    await keeper.tsnotary('archive', 'create', gun, '-o', 'a.tar', ...words);
    const verified = await keeper.run('tsnotary', ['archive', 'verify', 'a.tar', '--json']);
    const { findings } = JSON.parse(verified.stdout) as { findings: { code: string; severity: string }[] };
    const reader = fresh();
    copyFileSync(join(keeper.work, 'a.tar'), join(reader.work, 'a.tar'));
    const away = ['-s', 'https://localhost:1', '--archive', 'a.tar'];
    const { status, stdout } = await reader.run('tsnotary', ['list', gun, ...away]);
    const delegations = await reader.run('tsnotary', ['delegation', 'list', gun, ...away]);
    return {
      keeper,
      verified: verified.status,
      codes: findings.filter(({ severity }) => severity !== 'note').map(({ code }) => code),
      read: { status, stdout, delegations: delegations.stdout },
    };
  }

  it('tags and delegations, after rotations of root, targets and snapshot', async () => {
    const { gun, owner, bob } = await team('arc/rotated');
    await owner.notary('key', 'rotate', gun, 'targets');
    await owner.tsnotary('key', 'rotate', gun, 'root', '-y');
    await signTag(owner, gun, 'v2', 'targets');
    await signTag(bob.home, gun, 'v3', releases);
    const expected = await genuine(gun);
    for (const words of [[], ['--history']]) {
      const { verified, codes, read } = await archived(gun, ...words);
      expect({ words, verified, codes, read }).toEqual({ words, verified: 0, codes: [], read: expected });
    }
  });

  it('nested delegations, custom data, odd names, and the words of a target that is in two roles', async () => {
    const { gun, owner, bob } = await team('arc/odd.names_x-1/y');
    await owner.notary('delegation', 'add', gun, 'targets/a', bob.certificate, '--paths', 'x/', '-p');
    await signTag(bob.home, gun, 'x/one', 'targets/a');
    await bob.home.notary('delegation', 'add', gun, 'targets/a/b', bob.certificate, '--paths', 'x/y/', '-p');
    await signTag(bob.home, gun, 'x/y/ü ~%2e', 'targets/a/b');
    await signTag(bob.home, gun, 'v0', releases, 'another');
    owner.write('custom.json', '{"a":[1,{"b":"ü"}]}');
    await owner.notary(
      'addhash',
      gun,
      'custom',
      '3',
      '--sha256',
      'ab'.repeat(32),
      '--custom',
      'custom.json',
      '-p',
    );
    const { verified, codes, read } = await archived(gun, '--history');
    expect({ verified, codes, read }).toEqual({ verified: 0, codes: [], read: await genuine(gun) });
  });

  it('a role that has lost its keys is listed as genuine readers list it, and is named: status 4', async () => {
    const { gun, owner, bob } = await team('arc/keyless');
    await owner.notary('delegation', 'remove', gun, releases, bob.keyId, '-p');
    const { verified, codes, read } = await archived(gun, '--history');
    expect({ verified, codes }).toEqual({ verified: 4, codes: ['ROLE_WITHOUT_KEYS'] });
    expect(read.stdout).toBe((await genuine(gun)).stdout);
  });

  it('a role that has expired locks genuine readers out, and is named', async () => {
    const { gun, owner } = await team('arc/expired');
    await owner.tsnotary('renew', gun, '-r', 'targets', '--all-roles', '--for', '5s', '-y');
    await pause(6000);
    expect((await genuine(gun)).status).toBe(1);
    const { keeper, verified, codes } = await archived(gun);
    // The timestamp is older than the end of the role, so that the archive cannot tell what came first.
    expect([verified, codes]).toEqual([3, ['EXPIRES_SOON']]);
    const { stdout } = await keeper.tsnotary('archive', 'create', gun, '-o', 'b.tar');
    expect(stdout).toMatch(/targets expired at/);
    const now = ['--at', new Date().toISOString()];
    expect((await keeper.run('tsnotary', ['archive', 'verify', 'a.tar', ...now])).status).toBe(4);
    expect((await keeper.run('tsnotary', ['list', gun, '--archive', 'a.tar', ...now])).status).toBe(1);
  });

  it('two archives of the same state are equal, and hold what the server served', async () => {
    const { gun } = await team('arc/equal');
    const [one, two] = [await archived(gun, '--history'), await archived(gun, '--history')];
    const bytes = (of: typeof one) => readFileSync(join(of.keeper.work, 'a.tar'));
    expect(bytes(one).equals(bytes(two))).toBe(true);
    const reader = fresh();
    await reader.notary('list', gun);
    for (const role of ['root', 'snapshot', 'targets', releases])
      expect(
        bytes(one).includes(readFileSync(join(reader.trustDir, 'tuf', gun, 'metadata', `${role}.json`))),
      ).toBe(true);
  });
});

const passphrases = {
  root: 'root-passphrase',
  targets: 'repository-passphrase',
  snapshot: 'repository-passphrase',
  delegation: 'repository-passphrase',
};
const programs = ['docker', 'notary-server', 'docker-registry', 'skopeo', 'openssl'] as const;

describe.skipIf(!available(...programs))('archives, docker and registries', () => {
  let stage: Stage;
  let registry: DockerRegistry;
  beforeAll(async () => {
    [stage, registry] = [await genuineStage({ docker: true }), await startDockerRegistry({})];
  });
  afterAll(async () => {
    await registry.stop();
    await stage.close();
  });

  async function signedImage(path: string): Promise<{ readonly owner: Home; readonly gun: string }> {
    const owner = stage.home(`owner of ${path}`, { passphrases });
    const gun = `${registry.domain}/${path}`;
    const { text } = await registry.push(path, '1.0', 'docker image');
    stage.engine.addImage(gun, '1.0', text);
    await owner.docker('trust', 'key', 'generate', 'alice');
    await owner.docker('trust', 'signer', 'add', '--key', 'alice.pub', 'alice', gun);
    await owner.docker('trust', 'sign', `${gun}:1.0`);
    return { owner, gun };
  }

  it('what docker has signed is inspected and resolved without a server as with it', async () => {
    const { owner, gun } = await signedImage('arc/signed');
    const commands = [
      ['trust', 'inspect', gun],
      ['trust', 'inspect', '--pretty', gun],
      ['trust', 'resolve', `${gun}:1.0`],
    ];
    const before = [];
    for (const words of commands) before.push((await owner.tsnotary(...words)).stdout);
    await owner.tsnotary('archive', 'create', gun, '-o', 'a.tar');
    const reader = stage.home('archived reader', {
      env: { DOCKER_CONTENT_TRUST_SERVER: 'https://localhost:1' },
    });
    copyFileSync(join(owner.work, 'a.tar'), join(reader.work, 'a.tar'));
    for (const [index, words] of commands.entries())
      expect((await reader.tsnotary(...words, '--archive', 'a.tar')).stdout).toBe(before[index]);
    const none = await reader.run('tsnotary', ['trust', 'resolve', `${gun}:2.0`, '--archive', 'a.tar']);
    expect(none.status).toBe(1);
  });

  it('skopeo carries an archive into a registry and back, and it verifies then', async () => {
    const { owner, gun } = await signedImage('arc/carried');
    await owner.tsnotary('archive', 'create', gun, '-o', 'a.tar', '--history');
    const copy = (...words: readonly string[]) => {
      const result = spawnSync('skopeo', ['copy', '--preserve-digests', ...words], {
        cwd: owner.work,
        env: { ...owner.env, PATH: process.env['PATH'] ?? '' },
        encoding: 'utf8',
      });
      expect([result.status, result.status === 0 ? '' : result.stderr]).toEqual([0, '']);
    };
    const place = `docker://127.0.0.1:${registry.port}/archives/carried:1`;
    copy('--dest-tls-verify=false', `oci-archive:a.tar:${gun}`, place);
    copy('--src-tls-verify=false', place, 'oci-archive:b.tar:x');
    const { status, stdout } = await owner.run('tsnotary', ['archive', 'verify', 'b.tar']);
    expect([status, stdout]).toEqual([0, expect.stringContaining('Verified\n')]);
    const read = await owner.tsnotary('list', gun, '--archive', 'b.tar');
    expect(read.stdout).toBe((await owner.tsnotary('list', gun, '--archive', 'a.tar')).stdout);
  });
});
