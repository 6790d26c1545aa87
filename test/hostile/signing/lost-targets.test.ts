/** Nothing that a role has signed is lost because its file cannot be believed at the moment. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import { addDelegation, removeDelegation } from '../../../src/client/stage/delegations.ts';
import { removeTarget } from '../../../src/client/stage/remove-target.ts';
import { stageWitness } from '../../../src/client/stage/witness.ts';
import { update } from '../../../src/client/update/update.ts';
import type { PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { isNotaryError } from '../../../src/errors.ts';
import { fileMetaOf } from '../../../src/tuf/checksums.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { fileBy, serveFile } from '../../support/forging-server.ts';
import { days, type MemoryClock, memoryClock } from '../../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../../support/memory-server.ts';
import { plainSigner } from '../../support/metadata-author.ts';
import { failureOf } from '../../support/refusal.ts';

const role = 'targets/releases';
const gun = 'docker.io/alice/demo';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;
let bob: Actor;
let carol: Actor;
let bobsKey: PublicKey;
let carolsKey: PublicKey;

const reader = () => actor(server, clock);
const codes = (who: Actor) => who.log.records.map(({ code }) => code);
const all = (...names: readonly string[]) => names.map((name) => `${name}: ${role}`);
const uploads = () =>
  server.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/tuf/'));

async function takeAway(key: PublicKey, from = role): Promise<void> {
  await removeDelegation(owner, {
    ...{ role: from, keyIds: [canonicalKeyId(key)], paths: [], allPaths: false, whole: false },
  });
  await publish(owner);
}

async function removeRole(name = role): Promise<void> {
  await removeDelegation(owner, { role: name, keyIds: [], paths: [], allPaths: false, whole: true });
}

async function versionOf(resource: string): Promise<number> {
  return Number((await team.served(owner, resource)).version);
}

/** bob has signed 1.0 and 1.1 for a role that carol may be given as well; the server signs the snapshot. */
beforeEach(async () => {
  clock = memoryClock();
  server = memoryServer({ clock });
  [owner, bob, carol] = [actor(server, clock), actor(server, clock), actor(server, clock)];
  bobsKey = await team.delegationKey(bob);
  carolsKey = await team.delegationKey(carol);
  await publish(owner);
  await team.shareSnapshot(owner);
  await team.delegate(owner, role, [bobsKey]);
  await publish(owner);
  await team.publishTarget(bob, '1.0', role);
  await team.publishTarget(bob, '1.1', role);
});

describe('G30 a role whose signer was replaced', () => {
  beforeEach(async () => {
    await update(bob);
    await update(owner);
    await team.delegate(owner, role, [carolsKey]);
    await takeAway(bobsKey);
    expect(await team.listing(reader())).toEqual([]);
    server.forget();
  });

  it.each(['an empty cache', 'the cache of the owner', 'the cache of the former signer'])(
    'a role whose signer was replaced is not signed without its targets by a new holder with %s: witness is named',
    async (cache) => {
      const from = cache === 'an empty cache' ? carol : cache === 'the cache of the owner' ? owner : bob;
      const who = { ...carol, cache: from.cache };
      await team.stageTarget(who, '2.0', role);
      await expect(publish(who)).rejects.toMatchObject({
        code: 'ROLE_NEEDS_WITNESS',
        details: { role, targets: ['1.0', '1.1'], count: 2 },
        hint: expect.stringContaining(`tsnotary witness ${gun} ${role}`) as string,
      });
      expect(uploads()).toEqual([]);
      expect(who.changelist.changes.size).toBe(1);
    },
  );

  it.each(['before', 'after'])(
    'a role whose signer was replaced keeps its targets with a witness that is staged %s the target',
    async (when) => {
      if (when === 'before') await stageWitness(carol, [role]);
      await team.stageTarget(carol, '2.0', role);
      if (when === 'after') await stageWitness(carol, [role]);
      await publish(carol);
      expect(await team.listing(reader())).toEqual(all('1.0', '1.1', '2.0'));
    },
  );

  it.each(['before', 'after'])(
    'a role whose signer was replaced loses what is removed, with a witness staged %s the removal',
    async (when) => {
      if (when === 'before') await stageWitness(carol, [role]);
      await removeTarget(carol, { name: '1.0', roles: [role] });
      if (when === 'after') await stageWitness(carol, [role]);
      await publish(carol);
      expect(await team.listing(reader())).toEqual(all('1.1'));
    },
  );

  it('a role whose signer was replaced does not lose a target without a witness', async () => {
    await removeTarget(carol, { name: '1.0', roles: [role] });
    await expect(publish(carol)).rejects.toMatchObject({ code: 'ROLE_NEEDS_WITNESS' });
  });

  it('a role whose signer was replaced gets no delegation below it without a witness', async () => {
    await addDelegation(carol, { role: `${role}/x`, keys: [bobsKey], paths: [''] });
    await expect(publish(carol)).rejects.toMatchObject({ code: 'ROLE_NEEDS_WITNESS' });
  });

  it('the client says to the holder of the removed key that it is none of the role', async () => {
    await team.stageTarget(bob, '2.0', role);
    await expect(publish(bob)).rejects.toMatchObject({ code: 'NO_KEYS' });
  });

  it('a role whose signer was replaced is witnessed by a machine without a cache although the targets key was rotated since', async () => {
    await team.rotate(owner, 'targets');
    await stageWitness(carol, [role]);
    await publish(carol);
    expect(await team.listing(reader())).toEqual(all('1.0', '1.1'));
  });

  it('a role whose signer was replaced is not witnessed when earlier versions of its parent are withheld and no cache has it', async () => {
    server.override({ method: 'GET', path: /tuf\/\d+\.targets\.json/, status: 404 });
    await stageWitness(carol, [role]);
    await expect(publish(carol)).rejects.toMatchObject({
      code: 'ROLE_UNVERIFIED',
      details: { role, count: 2 },
    });
    await team.stageTarget({ ...carol, cache: bob.cache }, '2.0', role);
    await publish({ ...carol, cache: bob.cache });
    expect(await team.listing(reader())).toEqual(all('1.0', '1.1', '2.0'));
  });
});

describe('G30 a key that is replaced and used in one publish', () => {
  it('a key that is replaced and used in one publish has what the removed key had signed asserted, with a message', async () => {
    const both = { ...owner };
    await both.cryptoService.add(
      (await carol.cryptoService.find(canonicalKeyId(carolsKey), { role, gun })).key,
      'delegation',
      '',
    );
    await team.delegate(both, role, [carolsKey]);
    await removeDelegation(both, {
      ...{ role, keyIds: [canonicalKeyId(bobsKey)], paths: [], allPaths: false, whole: false },
    });
    await team.publishTarget(both, '2.0', role);
    expect(await team.listing(reader())).toEqual(all('1.0', '1.1', '2.0'));
    expect(codes(both)).toContain('ROLE_REASSERTED');
  });
});

describe('G30 a role whose file has expired', () => {
  beforeEach(async () => {
    await team.delegate(owner, `${role}/nested`, []).catch(() => undefined);
    clock.advance(days(2 * 365));
    await stageWitness(owner, ['targets']);
    owner.changelist.changes.clear();
    await stageWitness(owner, ['targets']);
    await publish(owner);
    clock.advance(days(365 + 30));
    expect(await team.listing(reader())).toEqual([]);
  });

  it.each(['an empty cache', 'a cache'])(
    'a role whose file has expired is renewed with all of its targets by a signer with %s',
    async (cache) => {
      const who = cache === 'a cache' ? bob : { ...bob, cache: reader().cache };
      await team.publishTarget(who, '2.0', role);
      expect(await team.listing(reader())).toEqual(all('1.0', '1.1', '2.0'));
      expect(codes(who)).toContain('ROLE_RENEWED');
    },
  );

  it('a role whose file has expired is renewed by a witness', async () => {
    await stageWitness(bob, [role]);
    await publish(bob);
    expect(await team.listing(reader())).toEqual(all('1.0', '1.1'));
  });

  it('a role whose file has expired loses no more than the target that is removed', async () => {
    await removeTarget(bob, { name: '1.0', roles: [role] });
    await publish(bob);
    expect(await team.listing(reader())).toEqual(all('1.1'));
  });
});

describe('G30 a role below one that has expired', () => {
  it('a role below one that has expired keeps its targets when one is added', async () => {
    const nested = `${role}/nested`;
    await addDelegation(bob, { role: nested, keys: [carolsKey], paths: [''] });
    await publish(bob);
    await team.publishTarget(carol, 'n1', nested);
    clock.advance(days(2 * 365));
    await stageWitness(owner, ['targets']);
    await publish(owner);
    await stageWitness(carol, [nested]);
    await publish(carol);
    clock.advance(days(365 + 30));
    await team.publishTarget(carol, 'n2', nested);
    await stageWitness(bob, [role]);
    await publish(bob);
    expect(await team.listing(reader())).toEqual([...all('1.0', '1.1'), `n1: ${nested}`, `n2: ${nested}`]);
  });
});

describe('G30 a file that no key of the role has signed, in the place of its own', () => {
  const stranger = plainSigner();
  const junk = (version: number) =>
    fileBy({ version, targets: { '1.0': fileMetaOf(Buffer.from('evil')) } }, stranger);

  beforeEach(async () => {
    await update(bob);
    await serveFile(server, gun, role, junk(7));
    server.forget();
  });

  it('a file that no key of the role has signed is no base: a signer who has verified the own one signs that, with all its targets', async () => {
    await team.publishTarget(bob, '2.0', role);
    expect(await team.listing(reader())).toEqual(all('1.0', '1.1', '2.0'));
  });

  it('a file that no key of the role has signed is no base for a signer with an empty cache, who signs nothing', async () => {
    const fresh = { ...bob, cache: reader().cache };
    await team.stageTarget(fresh, '2.0', role);
    await expect(publish(fresh)).rejects.toMatchObject({
      code: 'ROLE_UNVERIFIED',
      details: { role, version: 7, targets: ['1.0'] },
    });
    expect(uploads()).toEqual([]);
  });

  it('a file that no key of the role has signed is not witnessed by a signer with an empty cache', async () => {
    const fresh = { ...bob, cache: reader().cache };
    await stageWitness(fresh, [role]);
    await expect(publish(fresh)).rejects.toMatchObject({ code: 'ROLE_UNVERIFIED' });
    expect(uploads()).toEqual([]);
  });

  it('a file that no key of the role has signed is witnessed when the digest of this very file is named', async () => {
    const fresh = { ...bob, cache: reader().cache };
    await stageWitness(fresh, [role]);
    const refusal = await failureOf(publish(fresh));
    fresh.changelist.changes.clear();
    const details = isNotaryError(refusal) ? refusal.details : {};
    const sha256 = typeof details['sha256'] === 'string' ? details['sha256'] : '';
    await stageWitness(fresh, [role], [sha256]);
    await publish(fresh);
    expect(await team.listing(reader())).toEqual(all('1.0'));
  });

  it('a file that no key of the role has signed is not what a witness signs for a signer who has verified the own one', async () => {
    await stageWitness(bob, [role]);
    await publish(bob);
    expect(await team.listing(reader())).toEqual(all('1.0', '1.1'));
  });
});

describe('G30 a role that the server leaves out of the snapshot', () => {
  beforeEach(async () => {
    await update(bob);
    await serveFile(server, gun, role, undefined);
    // The parent changes as well, so that it might have been its owner who took the role away.
    await team.publishTarget(owner, 'other');
    server.forget();
  });

  it('a role that the server leaves out of the snapshot is not begun anew by a signer who has verified it', async () => {
    await team.stageTarget(bob, '2.0', role);
    await expect(publish(bob)).rejects.toMatchObject({ code: 'ROLE_WITHDRAWN', details: { role, count: 2 } });
    expect(uploads()).toEqual([]);
  });

  it('a role that the server leaves out of the snapshot is put back by a witness of a signer who has verified it', async () => {
    await stageWitness(bob, [role]);
    await team.publishTarget(bob, '2.0', role);
    expect(await team.listing(reader())).toEqual(
      ['other: targets', ...all()].concat(all('1.0', '1.1', '2.0')).sort(),
    );
  });
});

describe('G30 a version that no signature vouches for', () => {
  const fresh = 'targets/new';
  const claim = (version: number) =>
    server.override({
      ...{ method: 'GET', path: `/${fresh}.json`, status: 200 },
      body: `{"signed":{"version":${version}},"signatures":[]}`,
    });

  const refuseAsOld = (times: number) =>
    server.override({
      ...{ method: 'POST', path: /tuf\/$/, status: 400, times },
      body: JSON.stringify({ errors: [{ code: 'VERSION', message: 'old version' }] }),
    });

  beforeEach(async () => {
    await team.delegate(owner, fresh, [bobsKey]);
    await publish(owner);
    server.forget();
  });

  it.each([2 ** 31 - 2, 5000, 40])(
    'a version that no signature vouches for is not followed as long as the server takes the verified one: %i',
    async (version) => {
      claim(version);
      await team.publishTarget(bob, '2.0', fresh);
      server.clearOverrides();
      expect(await versionOf(fresh)).toBe(1);
    },
  );

  it.each([2 ** 31 - 2, 5000])(
    'a version that no signature vouches for is not followed far when the server refuses the verified one: %i',
    async (version) => {
      claim(version);
      refuseAsOld(2);
      await team.publishTarget(bob, '2.0', fresh);
      server.clearOverrides();
      expect(await versionOf(fresh)).toBe(1);
    },
  );

  it('a version that no signature vouches for is followed for a few steps when the server refuses the verified one', async () => {
    claim(40);
    refuseAsOld(1);
    await team.publishTarget(bob, '2.0', fresh);
    server.clearOverrides();
    expect(await versionOf(fresh)).toBe(41);
  });

  it('a version that no signature vouches for is passed by the first file of a role that was removed and made again for another key', async () => {
    await removeRole();
    await publish(owner);
    await team.delegate(owner, role, [carolsKey]);
    await publish(owner);
    await team.publishTarget(carol, '2.0', role);
    expect(await team.listing(reader())).toEqual(all('2.0'));
    expect(await versionOf(role)).toBe(3);
  });
});

describe('G30 junk in place of a file that is newer than the cached one', () => {
  const stranger = plainSigner();

  it('junk in place of a file that is newer than the cached one costs a signer nothing of what was published from this machine since', async () => {
    await update(bob);
    await team.publishTarget(bob, '1.2', role);
    await team.publishTarget(bob, '1.3', role);
    await serveFile(server, gun, role, fileBy({ version: 9 }, stranger));
    server.override({ method: 'GET', path: /tuf\/\d+\.targets\/releases\.json/, status: 404 });
    await team.publishTarget(bob, '2.0', role);
    server.clearOverrides();
    expect(await team.listing(reader())).toEqual(all('1.0', '1.1', '1.2', '1.3', '2.0'));
  });
});
