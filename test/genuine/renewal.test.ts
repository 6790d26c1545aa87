/** Metadata that has expired locks genuine `notary` out, and works for it again once tsnotary has renewed it. */

import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { available } from '../support/genuine/programs.ts';
import { expectWhole } from '../support/genuine/served-files.ts';
import type { Stage } from '../support/genuine/stage.ts';
import { makeKey, type SignerHome, signTag } from './revoking-team.ts';

const releases = 'targets/releases';
/** Long enough for an upload to be taken, short enough to wait for. */
const life = 6;

onEachServer('renew and genuine notary', ['notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open();
  });
  afterAll(() => stage.close());

  interface Team {
    readonly gun: string;
    readonly owner: Home;
    readonly bob: SignerHome;
  }

  async function team(gun: string, snapshot: 'server' | 'owner' = 'server'): Promise<Team> {
    const owner = stage.home(`owner of ${gun}`);
    const bob = await makeKey(stage.home(`bob of ${gun}`), 'bob');
    await owner.notary('init', gun);
    await signTag(owner, gun, 'v0', 'targets');
    if (snapshot === 'owner') return { gun, owner, bob };
    await owner.notary('key', 'rotate', gun, 'snapshot', '-r');
    await owner.notary('delegation', 'add', gun, releases, bob.certificate, '--all-paths', '-p');
    await signTag(bob.home, gun, 'v1', releases);
    return { gun, owner, bob };
  }

  /** Signs roles for a few seconds, and waits until those are over. */
  async function expire(who: Home, gun: string, ...roles: readonly string[]): Promise<void> {
    await who.tsnotary('renew', gun, '-r', roles.join(','), '--all-roles', '--for', `${life}s`, '-y');
    await pause((life + 1) * 1000);
  }

  const listed = async (gun: string, who: Home = stage.home(`reader of ${gun} at ${Date.now()}`)) => {
    const { status, stdout } = await who.run('notary', ['list', gun]);
    return { status, tags: [...stdout.matchAll(/^(v\d) /gm)].map(([, tag]) => tag) };
  };

  it('targets that has expired locks the owner out of genuine notary, and renew lets everybody in again', async () => {
    const { gun, owner } = await team('example.com/targets');
    const warm = stage.home('warm reader');
    await warm.notary('list', gun);
    await expire(owner, gun, 'targets');
    expect((await listed(gun)).status).not.toBe(0);
    expect((await owner.run('notary', ['witness', gun, 'targets', '-p'])).status).not.toBe(0);
    expect((await owner.run('notary', ['publish', gun])).status).not.toBe(0);
    expect((await owner.run('tsnotary', ['expiry', gun])).status).toBe(4);
    await owner.notary('reset', gun, '--all');
    await owner.tsnotary('renew', gun, '-y');
    for (const reader of [warm, stage.home('cold reader')])
      expect(await listed(gun, reader)).toEqual({ status: 0, tags: ['v0', 'v1'] });
    await signTag(owner, gun, 'v2', 'targets');
    await expectWhole(stage, gun);
  });

  it('a delegation that has expired is renewed by its holder while targets is good', async () => {
    const { gun, bob } = await team('example.com/delegation');
    await expire(bob.home, gun, releases);
    expect((await listed(gun)).tags).toEqual(['v0']);
    await bob.home.tsnotary('renew', gun, '-y');
    expect((await listed(gun)).tags).toEqual(['v0', 'v1']);
  });

  it('targets that has expired above a good delegation, then both, are renewed by their holders', async () => {
    const { gun, owner, bob } = await team('example.com/both');
    await bob.home.tsnotary('renew', gun, '-r', releases, '--all-roles', '--for', `${life}s`, '-y');
    await expire(owner, gun, 'targets');
    expect((await bob.home.run('tsnotary', ['renew', gun, '-y'])).status).toBe(3);
    expect((await listed(gun)).status).not.toBe(0);
    expect((await owner.run('tsnotary', ['renew', gun, '-y'])).status).toBe(0);
    expect((await listed(gun)).tags).toEqual(['v0', 'v1']);
  });

  it('a root that has expired is renewed where the root key is, and readers with the old one follow', async () => {
    const { gun, owner, bob } = await team('example.com/root');
    const warm = stage.home('warm reader of the root');
    await warm.notary('list', gun);
    await expire(owner, gun, 'root');
    expect((await listed(gun)).status).not.toBe(0);
    const elsewhere = await bob.home.run('tsnotary', ['renew', gun, '-y']);
    expect([elsewhere.status, elsewhere.stdout]).toEqual([
      3,
      expect.stringMatching(/root cannot be signed here/) as string,
    ]);
    await owner.tsnotary('renew', gun, '-y');
    for (const reader of [warm, stage.home('cold reader of the root')])
      expect(await listed(gun, reader)).toEqual({ status: 0, tags: ['v0', 'v1'] });
  });

  it('an expired snapshot whose key the owner has keeps the server from signing timestamps until it is renewed', async () => {
    const { gun, owner } = await team('example.com/snapshot', 'owner');
    await expire(owner, gun, 'snapshot');
    expect((await listed(gun)).status).not.toBe(0);
    expect((await owner.run('tsnotary', ['expiry', gun])).status).toBe(4);
    await owner.tsnotary('renew', gun, '-y');
    expect(await listed(gun)).toEqual({ status: 0, tags: ['v0'] });
    await signTag(owner, gun, 'v2', 'targets');
    expect((await listed(gun)).tags).toEqual(['v0', 'v2']);
  });

  it('everything that an owner signs may have expired at once', async () => {
    const { gun, owner } = await team('example.com/all', 'owner');
    await expire(owner, gun, 'root', 'targets', 'snapshot');
    expect((await listed(gun)).status).not.toBe(0);
    await owner.tsnotary('renew', gun, '-y');
    expect(await listed(gun)).toEqual({ status: 0, tags: ['v0'] });
  });

  it('nothing mends a root whose certificate has expired: the server takes no new root', async () => {
    const gun = 'example.com/certificate';
    const owner = stage.home('owner of a short certificate');
    const end = new Date(Date.now() + 2 * life * 1000).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
    owner.write(
      'ca.cnf',
      '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\npolicy=p\n[p]\ncommonName=supplied\n',
    );
    owner.write('index', '');
    owner.write('serial', '01\n');
    await owner.openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', 'root.key');
    await owner.openssl(
      'req',
      '-new',
      '-key',
      'root.key',
      '-subj',
      `/CN=${gun.replace('/', '\\/')}`,
      '-out',
      'root.csr',
    );
    await owner.openssl(
      ...['ca', '-batch', '-config', 'ca.cnf', '-selfsign', '-keyfile', 'root.key', '-in', 'root.csr'],
      ...['-md', 'sha256', '-startdate', '20200101000000Z', '-enddate', end, '-notext', '-out', 'root.crt'],
    );
    await owner.tsnotary('key', 'import', 'root.key', '-r', 'root');
    await owner.tsnotary('init', gun, '--rootcert', 'root.crt', '-p');
    expect((await listed(gun)).status).toBe(0);
    await pause((2 * life + 1) * 1000);
    expect((await listed(gun)).status).not.toBe(0);
    const looked = await owner.run('tsnotary', ['expiry', gun]);
    expect([looked.status, looked.stdout]).toEqual([
      4,
      expect.stringMatching(/^root +certificate .* expired /m) as string,
    ]);
    const renewed = await owner.run('tsnotary', ['renew', gun, '-r', 'root', '--all-roles', '-y', '--json']);
    expect([renewed.status, renewed.stderr]).toEqual([
      1,
      expect.stringContaining('INVALID_OPERATION') as string,
    ]);
  });

  it('of two timers at the same second one renews, and both succeed', async () => {
    const { gun, owner } = await team('example.com/timers');
    await expire(owner, gun, 'targets');
    const timers = await Promise.all([1, 2, 3].map(() => owner.run('tsnotary', ['renew', gun, '-y'])));
    expect(timers.map(({ status, stderr }) => [status, stderr.includes('fatal')])).toEqual(
      timers.map(() => [0, false]),
    );
    expect((await listed(gun)).tags).toEqual(['v0', 'v1']);
  });

  it('a collaborator publishes while the owner renews, and nothing is lost', async () => {
    const { gun, owner, bob } = await team('example.com/meanwhile');
    const work = [owner.tsnotary('renew', gun, '-r', 'targets', '--all-roles', '-y')];
    for (const tag of ['v2', 'v3']) {
      await bob.home.tsnotary('addhash', gun, tag, '3', '--sha256', 'ab'.repeat(32), '-r', releases, '-p');
      work.push(owner.tsnotary('renew', gun, '-r', 'targets', '--all-roles', '-y'));
    }
    await Promise.all(work);
    expect((await listed(gun)).tags).toEqual(['v0', 'v1', 'v2', 'v3']);
  });

  describe.skipIf(!available('promtool'))('promtool', () => {
    it('promtool check metrics takes what expiry prints for Prometheus', async () => {
      const { gun, owner } = await team('example.com/metrics');
      const { stdout } = await owner.tsnotary('expiry', gun, '--format', 'prometheus');
      const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: stdout,
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([0, '']);
    });
  });
});
