/** Several processes that publish at the same time, and what is left when one is killed. */

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import type { Outcome } from '../support/genuine/programs.ts';
import type { Stage } from '../support/genuine/stage.ts';

const targetsOf = ({ stdout }: Outcome) =>
  stdout
    .split('\n')
    .slice(2)
    .flatMap((row) => /^\S+/.exec(row)?.[0] ?? [])
    .sort();

onEachServer('G25 publishing at the same time', ['notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open();
  });
  afterAll(() => stage.close());

  /** An owner and collaborators with a key each, all of them in `targets/releases`. */
  async function team(gun: string, size: number): Promise<{ owner: Home; people: readonly Home[] }> {
    const owner = stage.home(`owner of ${gun}`);
    await owner.notary('init', gun, '-p');
    await owner.notary('key', 'rotate', gun, 'snapshot', '-r');
    const people = Array.from({ length: size }, (_, index) => stage.home(`person ${index} of ${gun}`));
    const certificates: string[] = [];
    for (const one of people) {
      await one.openssl(
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '900'],
        ...['-subj', '/CN=one', '-keyout', 'one.key', '-out', 'one.crt'],
      );
      await one.tsnotary('key', 'import', 'one.key', '--role', 'user');
      certificates.push(join(one.work, 'one.crt'));
    }
    await owner.notary('delegation', 'add', gun, 'targets/releases', ...certificates, '--all-paths', '-p');
    return { owner, people };
  }

  it('publishing by four collaborators at once succeeds for all four, and notary reads it', async () => {
    const gun = 'example.com/at-once';
    const { owner, people } = await team(gun, 4);
    const outcomes = await Promise.all(
      people.map((one, index) =>
        one.run('tsnotary', [
          ...['addhash', gun, `v${index}`, '3', '--sha256', 'ab'.repeat(32)],
          ...['--roles', 'targets/releases', '-p', '-v'],
        ]),
      ),
    );
    expect(outcomes.map(({ status, stderr }) => (status === 0 ? 'published' : stderr))).toEqual(
      Array(4).fill('published'),
    );
    for (const { stderr } of outcomes)
      expect(stderr).toMatch(/was published at try [1-5] of 5" code=PUBLISH_TRIES/);
    expect(targetsOf(await owner.notary('list', gun))).toEqual(['v0', 'v1', 'v2', 'v3']);
  });

  it('publishing fifteen times twice from one trust directory loses nothing and repeats nothing', async () => {
    const gun = 'example.com/twice';
    const owner = stage.home('owner of twice');
    await owner.tsnotary('init', gun, '-p');
    for (let round = 0; round < 15; round++) {
      await owner.tsnotary('addhash', gun, `v${round}`, '3', '--sha256', 'ab'.repeat(32));
      const both = await Promise.all([1, 2].map(() => owner.run('tsnotary', ['publish', gun])));
      expect(both.map(({ status, stderr }) => (status === 0 ? 0 : stderr))).toEqual([0, 0]);
    }
    expect(targetsOf(await owner.notary('list', gun))).toHaveLength(15);
    expect(readdirSync(join(owner.trustDir, 'tuf', gun, 'changelist'))).toEqual([]);
    const uploads = (await stage.server.requests()).filter(
      ({ method, uri }) => method === 'POST' && uri.includes(gun),
    );
    expect(uploads.filter(({ status }) => status >= 400)).toEqual([]);
    expect(uploads).toHaveLength(31);
  });

  it('a publish that is killed leaves a lock that the next publish takes over', async () => {
    const gun = 'example.com/killed';
    const owner = stage.home('owner of killed', { passphrases: 'none' });
    const passphrases = { ...stage.home('unused').env, HOME: owner.folder };
    await owner.run('tsnotary', ['init', gun, '-p'], { env: passphrases });
    await owner.tsnotary('addhash', gun, 'v1', '3', '--sha256', 'ab'.repeat(32));
    const lock = join(owner.trustDir, 'tuf', gun, '.publish.lock');
    // It waits for a passphrase that never comes.
    const terminal = owner.terminal('tsnotary', ['publish', gun]);
    await terminal.waitFor('Enter passphrase for targets key');
    expect(existsSync(lock)).toBe(true);
    const second = await owner.run('tsnotary', ['status', gun]);
    expect(second.status).toBe(0);
    spawn('pkill', ['-9', '-f', `publish ${gun}`]);
    await terminal.end();
    expect(existsSync(lock)).toBe(true);
    const next = await owner.run('tsnotary', ['publish', gun], {
      env: { ...passphrases, HOME: owner.folder },
    });
    expect(next.stderr).toBe('');
    expect(next.status).toBe(0);
    expect(targetsOf(await owner.notary('list', gun))).toEqual(['v1']);
    expect(existsSync(lock)).toBe(false);
  });
});
