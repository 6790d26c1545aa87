/** Renewing roles that expire soon or have expired, each by whoever holds its key. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { defaultWithin, planRenewal, type Renewal } from '../../src/client/renew/plan.ts';
import { renew } from '../../src/client/renew/renew.ts';
import { update } from '../../src/client/update/update.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { formatInstant } from '../../src/encoding/rfc3339.ts';
import { expiryFor } from '../../src/metadata/expiry.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { serveFile } from '../support/forging-server.ts';
import { forkOf, talkingTo } from '../support/forked-server.ts';
import { type MemoryClock, memoryClock } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';
import { plainSigner, sealed, targetsContent } from '../support/metadata-author.ts';
import { failureOf, refusal } from '../support/refusal.ts';

const day = 24 * 60 * 60 * 1000;
const releases = 'targets/releases';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;
let bob: Actor;
let bobsKey: PublicKey;

/** Ports with which what is signed lives for so many days; the root as ever, unless it is named. */
function living(who: Actor, days: number, root?: 'root'): Actor {
  const expiryOf = (role: string, now: Date) =>
    role === 'root' && root === undefined
      ? expiryFor(role, now)
      : formatInstant(new Date(now.getTime() + days * day));
  return { ...who, expiryOf } as Actor;
}

beforeEach(async () => {
  clock = memoryClock();
  server = memoryServer({ clock });
  [owner, bob] = [actor(server, clock), actor(server, clock)];
  bobsKey = await team.delegationKey(bob);
  await publish(owner);
  await team.delegate(owner, releases, [bobsKey]);
  await team.publishTarget(living(owner, 100), 'v0');
});

/** Hands the snapshot to the server, and has bob sign his role. */
async function shared(days = 100): Promise<void> {
  await team.shareSnapshot(owner);
  await team.publishTarget(living(owner, days), 'v1');
  await team.publishTarget(living(bob, days), 'r1', releases);
}

async function renewed(who: Actor, renewal: Partial<Renewal> = {}) {
  const whole = { within: defaultWithin, ...renewal };
  const plan = await planRenewal(who, whole);
  const roles = await renew(who, plan, whole);
  return { roles: roles.map(({ role }) => role), codes: plan.findings.map(({ code, role }) => [code, role]) };
}

/** What bob has signed, with a member that no client of Notary writes. */
async function bobsFileWithMember(): Promise<{ readonly bytes: Uint8Array }> {
  const { key } = await bob.cryptoService.find(canonicalKeyId(bobsKey), { role: releases, gun: bob.gun });
  const content = targetsContent({ version: 9, expires: '2026-05-01T00:00:00Z' });
  return { bytes: sealed(new Map([...content, ['x-note', 'mine']]), plainSigner(key)) };
}

describe('what is due', () => {
  it('nothing is renewed, and nothing is sent, while every role has more than 90 days', async () => {
    await shared();
    server.forget();
    expect(await renewed(owner)).toEqual({ roles: [], codes: [] });
    expect(server.lines().filter((line) => line.startsWith('POST'))).toEqual([]);
  });

  it('a role is renewed when less is left to it than was asked for, with the next version and its whole content', async () => {
    await shared();
    const before = await team.served(owner, 'targets');
    clock.advance(20 * day);
    expect((await renewed(owner)).roles).toEqual(['targets']);
    const after = await team.served(owner, 'targets');
    expect(after.version).toBe(Number(before.version) + 1);
    expect(after.signed.get('targets')).toEqual(before.signed.get('targets'));
    expect(after.signed.get('expires')).toBe(expiryFor('targets', clock.now()));
    expect(await team.listing(actor(server, clock))).toEqual([
      'r1: targets/releases',
      'v0: targets',
      'v1: targets',
    ]);
  });

  it('a role that is not named is left alone', async () => {
    await shared();
    clock.advance(20 * day);
    expect(await renewed(bob, { roles: [releases] })).toMatchObject({ roles: [releases], codes: [] });
    expect((await team.served(owner, 'targets')).signed.get('expires')).not.toBe(
      expiryFor('targets', clock.now()),
    );
  });

  it('a role that is not due is renewed when all roles are asked for', async () => {
    await shared();
    expect((await renewed(owner, { allRoles: true, roles: ['root', 'targets'] })).roles).toEqual([
      'root',
      'targets',
    ]);
  });

  it('a role that the repository does not have is refused, and so is the timestamp', async () => {
    await shared();
    for (const role of ['targets/none', 'timestamp'])
      await expect(renewed(owner, { roles: [role] })).rejects.toThrow(refusal('ROLE_NOT_THERE'));
  });
});

describe('after expiry', () => {
  it('the owner renews targets, which no reader takes any more, and every reader takes it again', async () => {
    await shared();
    clock.advance(101 * day);
    await expect(update(actor(server, clock))).rejects.toThrow(refusal('EXPIRED'));
    await expect(publish(owner)).rejects.toThrow(refusal('EXPIRED'));
    const { roles, codes } = await renewed(owner);
    expect(roles).toEqual(['targets']);
    expect(codes).toEqual([['INSUFFICIENT_SIGNATURES', releases]]);
    expect(await team.listing(actor(server, clock))).toEqual(['v0: targets', 'v1: targets']);
  });

  it('a delegate renews a role below targets that has expired, too, and the owner renews targets after that', async () => {
    await shared();
    clock.advance(101 * day);
    expect((await renewed(bob)).roles).toEqual([releases]);
    expect((await renewed(owner)).roles).toEqual(['targets']);
    expect(await team.listing(actor(server, clock))).toEqual([
      'r1: targets/releases',
      'v0: targets',
      'v1: targets',
    ]);
  });

  it('an expired root is renewed by the holder of a root key, and readers with the old one in their cache follow', async () => {
    await shared();
    await renewed(living(owner, 100, 'root'), { allRoles: true, roles: ['root'] });
    const reader = actor(server, clock);
    await update(reader);
    clock.advance(101 * day);
    await expect(update(reader)).rejects.toThrow(refusal('EXPIRED', /^root expired/));
    expect((await renewed(bob, { roles: ['root'] })).codes).toContainEqual([
      'INSUFFICIENT_SIGNATURES',
      'root',
    ]);
    expect((await renewed(owner, { roles: ['root', 'targets'] })).roles).toEqual(['root', 'targets']);
    expect(await team.listing(reader)).toEqual(['v0: targets', 'v1: targets']);
  });

  it('a root whose certificate has expired is named, and that neither renew nor a rotation mends it', async () => {
    await shared(5000);
    clock.advance(3651 * day);
    const plan = await planRenewal(owner, { within: defaultWithin });
    const finding = plan.findings.find(({ code, role }) => code === 'EXPIRED' && role === 'root');
    expect(finding?.message).toContain('neither renew nor key rotate mends that');
    await expect(renew(owner, plan, { within: defaultWithin })).rejects.toThrow(refusal('INVALID_OPERATION'));
    await expect(team.rotate(owner, 'root')).rejects.toThrow(refusal('ROOT_VALIDATION'));
  });

  it('the owner of the snapshot key mends a server that can give neither timestamp nor snapshot', async () => {
    clock.advance(101 * day);
    expect(['EXPIRED', 'SERVER_UNAVAILABLE']).toContain((await failureOf(update(owner))).code);
    expect((await renewed(owner)).roles).toEqual(['targets', 'snapshot']);
    expect(await team.listing(actor(server, clock))).toEqual(['v0: targets']);
  });

  it('the snapshot is found by its versions when the cache is lost, and what cannot be known is said', async () => {
    const elsewhere: Actor = actor(server, clock);
    for (const [name, pem] of owner.keyStorage.files) elsewhere.keyStorage.files.set(name, pem);
    clock.advance(101 * day);
    expect(await renewed(elsewhere)).toEqual({
      roles: ['targets', 'snapshot'],
      codes: [
        ['FIRST_USE', undefined],
        ['SERVER_UNAVAILABLE', undefined],
      ],
    });
    expect(await team.listing(actor(server, clock))).toEqual(['v0: targets']);
  });
});

describe('what is not renewed', () => {
  it('a server that is down is not taken for one with an expired snapshot', async () => {
    server.override({ path: '/timestamp', status: 503 });
    await expect(renewed(owner)).rejects.toThrow(refusal('SERVER_UNAVAILABLE'));
  });

  it('a state that is older than the one in the cache is refused', async () => {
    await shared();
    const old = new Map<string, Uint8Array>();
    for (const role of ['targets', 'snapshot', 'timestamp']) old.set(role, await owner.remote.get(role, 1e8));
    await team.publishTarget(owner, 'v2');
    await update(owner);
    clock.advance(5 * day);
    server.tamper = (resource, bytes) => old.get(resource.replace(/\.[0-9a-f]+$/, '')) ?? bytes;
    await expect(renewed(owner, { allRoles: true })).rejects.toThrow(refusal('LOW_VERSION'));
  });

  it('a role that is signed by too few of its keys is named and left as it is', async () => {
    await shared();
    await team.rotate(owner, 'targets');
    const carol = actor(server, clock);
    const carolsKey = await team.delegationKey(carol);
    await team.delegate(owner, releases, [carolsKey]);
    const { removeDelegation } = await import('../../src/client/stage/delegations.ts');
    await removeDelegation(owner, {
      ...{ role: releases, keyIds: [canonicalKeyId(bobsKey)], paths: [], allPaths: false, whole: false },
    });
    await publish(living(owner, 50));
    const { roles, codes } = await renewed(carol);
    expect(roles).toEqual([]);
    expect(codes).toContainEqual(['ROLE_NEEDS_WITNESS', releases]);
  });

  it('a machine whose clock is a year behind renews nothing', async () => {
    await shared();
    const behind = memoryClock();
    behind.advance(-365 * day);
    await expect(renewed({ ...owner, clock: behind }, { allRoles: true })).rejects.toThrow(
      refusal('CLOCK_BEHIND'),
    );
  });

  it('a machine whose clock is a year ahead renews nothing, since the timestamp has expired by it', async () => {
    await shared();
    const ahead = memoryClock();
    ahead.advance(365 * day);
    await expect(renewed({ ...owner, clock: ahead })).rejects.toThrow(refusal('EXPIRED'));
  });

  it.each([
    ['behind', -1],
    ['ahead', 1],
  ])('a machine whose clock is almost a day %s renews, and readers take it', async (_name, sign) => {
    await shared();
    const off = memoryClock();
    off.advance(sign * (day - 60_000));
    expect((await renewed({ ...owner, clock: off }, { allRoles: true, roles: ['targets'] })).roles).toEqual([
      'targets',
    ]);
    expect(await team.listing(actor(server, clock))).toContain('v1: targets');
  });

  it('of two machines that renew at the same time, the second finds nothing left to do', async () => {
    await shared();
    clock.advance(20 * day);
    const whole = { within: defaultWithin, roles: ['targets'] };
    const twin = team.restarted(owner);
    const [one, other] = [await planRenewal(owner, whole), await planRenewal(twin, whole)];
    const first = await renew(owner, one, whole);
    expect(first.map(({ role }) => role)).toEqual(['targets']);
    const version = (await team.served(owner, 'targets')).version;
    expect(await renew(twin, other, whole)).toEqual([]);
    expect((await team.served(owner, 'targets')).version).toBe(version);
  });

  it('tags that are published between the look and the renewal are kept', async () => {
    await shared();
    clock.advance(20 * day);
    const whole = { within: defaultWithin, roles: ['targets'] };
    const plan = await planRenewal(owner, whole);
    await team.publishTarget(team.restarted(owner), 'v9');
    expect(await renew(owner, plan, whole)).toEqual([]);
    expect(await team.listing(actor(server, clock))).toContain('v9: targets');
  });

  it('a role that another client has changed since the look is left alone, even where roles that are not due are renewed', async () => {
    await shared();
    const whole = { within: defaultWithin, roles: ['targets'], allRoles: true };
    const plan = await planRenewal(owner, whole);
    await team.publishTarget(team.restarted(owner), 'v9');
    const { version } = await team.served(owner, 'targets');
    expect(await renew(owner, plan, whole)).toEqual([]);
    expect((await team.served(owner, 'targets')).version).toBe(version);
  });

  it('an expired file of the version that was seen is not renewed with other content', async () => {
    await shared();
    const twin = await forkOf(server, owner.gun, [releases]);
    await team.publishTarget(living(owner, 100), 'seen');
    const elsewhere = { ...talkingTo(living(owner, 100), twin), cache: actor(server, clock).cache };
    await team.publishTarget(elsewhere, 'shown');
    // Newer in everything but `targets`.
    for (const name of ['r2', 'r3', 'r4'])
      await team.publishTarget(talkingTo(living(bob, 400), twin), name, releases);
    await update(owner);
    clock.advance(101 * day);
    await expect(renewed(talkingTo(owner, twin), { roles: ['targets'] })).rejects.toThrow(
      refusal('LOW_VERSION', /seen with other content/),
    );
  });

  it('a file is not signed again when a part of it would be lost by that', async () => {
    await shared();
    const { bytes } = await bobsFileWithMember();
    await serveFile(server, owner.gun, releases, { version: 9, bytes });
    server.forget();
    await expect(renewed(bob, { roles: [releases], allRoles: true })).rejects.toThrow(
      refusal('UNASKED_CHANGE'),
    );
    expect(server.lines().filter((line) => line.startsWith('POST'))).toEqual([]);
  });

  it('what is staged is neither published nor lost', async () => {
    await shared();
    clock.advance(20 * day);
    await team.stageTarget(owner, 'later');
    await renewed(owner);
    expect(await team.listing(actor(server, clock))).not.toContain('later: targets');
    expect(owner.changelist.changes.size).toBe(1);
  });
});
