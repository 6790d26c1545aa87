/** What this machine has published and seen served: the server does not go back behind it, nor claim it without having it. */

import { beforeEach, describe, expect, it } from 'vitest';
import { initialize } from '../../../src/client/initialize/initialize.ts';
import { previewPublish } from '../../../src/client/preview/preview.ts';
import { publish } from '../../../src/client/publish/publish.ts';
import { addDelegation, removeDelegation } from '../../../src/client/stage/delegations.ts';
import { removeTarget } from '../../../src/client/stage/remove-target.ts';
import { stageWitness } from '../../../src/client/stage/witness.ts';
import { update } from '../../../src/client/update/update.ts';
import { asCanonicalKeyId } from '../../../src/crypto/keys/key-id.ts';
import type { PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { NotaryError } from '../../../src/errors.ts';
import type { HttpClient } from '../../../src/ports/http.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { fileBy, serveFile } from '../../support/forging-server.ts';
import { forkOf, talkingTo } from '../../support/forked-server.ts';
import { days, type MemoryClock, memoryClock } from '../../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../../support/memory-server.ts';
import { plainSigner } from '../../support/metadata-author.ts';

const gun = 'docker.io/alice/demo';
const role = 'targets/dev';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;
let bob: Actor;
let bobsKey: PublicKey;

const reader = () => actor(server, clock);
/** The same keys on another machine. */
const elsewhere = (who: Actor): Actor => ({ ...reader(), cryptoService: who.cryptoService });
const strictly = (who: Actor): Actor => ({
  ...who,
  caution: (code, message) => {
    throw new NotaryError(code, message);
  },
});
const codes = (who: Actor) => who.log.records.flatMap(({ code }) => code ?? []);
const all = (...names: readonly string[]) => names.map((name) => `${name}: ${role}`);

async function removeRole(who: Actor): Promise<void> {
  await removeDelegation(who, { role, keyIds: [], paths: [], allPaths: false, whole: true });
}

async function removeKey(who: Actor, key: PublicKey): Promise<void> {
  await removeDelegation(who, {
    ...{ role, keyIds: [canonicalKeyId(key)], paths: [], allPaths: false, whole: false },
  });
}

/** Everything arrives; from then on nothing is answered until the server is reached again. */
function lost(who: Actor): Actor {
  const send = async (files: ReadonlyMap<string, Uint8Array>) => {
    await who.remote.publish(files);
    server.offline = true;
    throw new NotaryError('NETWORK', 'connection reset');
  };
  return { ...who, remote: { ...who.remote, publish: send } };
}

async function publishInVain(who: Actor): Promise<void> {
  await expect(publish(lost(who))).rejects.toMatchObject({ code: 'NETWORK' });
  server.offline = false;
}

beforeEach(async () => {
  clock = memoryClock();
  server = memoryServer({ clock });
  [owner, bob] = [actor(server, clock), actor(server, clock)];
  bobsKey = await team.delegationKey(bob);
  await publish(owner);
  await team.shareSnapshot(owner);
});

describe('G37 a server that goes back behind what a machine has published', () => {
  it.each(['by the server', 'here'])(
    'a server that goes back behind what a machine has published is refused at the next publish, with the snapshot signed %s',
    async (where) => {
      if (where === 'here') await team.rotate(owner, 'snapshot');
      await team.publishTarget(owner, 'v1');
      const before = await forkOf(server, gun);
      await team.publishTarget(owner, 'v2');
      await team.stageTarget(owner, 'v3');
      await expect(publish(talkingTo(owner, before))).rejects.toMatchObject({ code: 'LOW_VERSION' });
      await publish(owner);
      expect(await team.listing(reader())).toEqual(['v1: targets', 'v2: targets', 'v3: targets']);
    },
  );

  it('a server that goes back behind what a machine has published is refused at the next publish into a delegation', async () => {
    await team.delegate(owner, role, [bobsKey]);
    await publish(owner);
    await team.publishTarget(bob, 'v1', role);
    const old = await server.server.store.current(gun, role);
    await team.publishTarget(bob, 'v2', role);
    const behind = await forkOf(server, gun);
    if (old !== undefined) await serveFile(behind, gun, role, old);
    await team.stageTarget(bob, 'v3', role);
    await expect(publish(talkingTo(bob, behind))).rejects.toMatchObject({ code: 'LOW_VERSION' });
  });

  it('a server that goes back behind what a machine has published does not get a repository anew that it has lost right after the first publish', async () => {
    const other = actor(server, clock, 'docker.io/alice/other');
    await initialize(other, {});
    await team.publishTarget(other, 'v1');
    await server.server.store.remove(other.gun, clock.now());
    await team.stageTarget(other, 'v2');
    await expect(publish(other)).rejects.toMatchObject({ code: 'REPOSITORY_DELETED' });
  });

  it('a server that goes back behind what a machine has published is not believed with a root whose key was rotated on this machine', async () => {
    await team.publishTarget(owner, 'v1');
    const fork = await forkOf(server, gun);
    const thief = talkingTo(elsewhere(owner), fork);
    await team.rotate(thief, 'snapshot');
    await team.publishTarget(thief, 'evil');
    await team.rotate(owner, 'root');
    await expect(team.listing(talkingTo(owner, fork))).rejects.toMatchObject({ code: 'ROOT_ROTATION' });
  });

  it('a server that goes back behind what a machine has published does not get an older file of a role signed again below one that has expired', async () => {
    const nested = `${role}/sub`;
    await team.delegate(owner, role, [bobsKey]);
    await publish(owner);
    await addDelegation(bob, { role: nested, keys: [bobsKey], paths: [''] });
    await publish(bob);
    clock.advance(days(300));
    await team.publishTarget(bob, 's1', nested);
    const old = await server.server.store.current(gun, nested);
    await team.publishTarget(bob, 's2', nested);
    await team.publishTarget(owner, 'alive');
    clock.advance(days(800));
    await update(bob);
    const behind = await forkOf(server, gun, [role]);
    if (old !== undefined) await serveFile(behind, gun, nested, old);
    const deceived = talkingTo(bob, behind);
    await stageWitness(deceived, [role]);
    await team.stageTarget(deceived, 's3', nested);
    const hidden: unknown = expect.objectContaining({ code: 'ROLE_HIDDEN', role: nested });
    expect((await previewPublish(deceived)).findings).toContainEqual(hidden);
    await expect(publish(strictly(deceived))).rejects.toMatchObject({ code: 'ROLE_HIDDEN' });
    await publish(deceived);
    expect(await team.listing(actor(behind, clock))).toEqual(
      ['alive: targets', `s1: ${nested}`, `s2: ${nested}`, `s3: ${nested}`].sort(),
    );
  });
});

describe('G37 a server that shows a machine an older state, takes its upload and goes back to the newer one', () => {
  /** Answers as `front` until it has taken an upload, then as the real server, with `front` for what that lacks. */
  const split = (front: MemoryServer): HttpClient => {
    let taken = false;
    return {
      close: async () => undefined,
      send: async (request) => {
        const first = taken ? server : front;
        const answer = await first.http.send(request);
        if (taken && answer.status !== 200) return front.http.send(request);
        taken ||= request.method === 'POST' && request.url.endsWith('/tuf/') && answer.status === 200;
        return answer;
      },
    };
  };

  let other: Actor;
  let deceived: Actor;

  beforeEach(async () => {
    await team.publishTarget(owner, 'v1');
    other = elsewhere(owner);
    deceived = talkingTo(owner, { http: split(await forkOf(server, gun)), url: server.url });
  });

  it('a server that takes an upload on an older state and goes back to the newer one has no publish reported as done that is nowhere', async () => {
    await team.publishTarget(other, 'b1');
    await team.publishTarget(other, 'b2');
    await team.stageTarget(deceived, 'mine');
    await expect(publish(deceived)).rejects.toMatchObject({ code: 'PUBLISH_UNVERIFIED' });
    expect(owner.changelist.changes.size).toBe(1);
  });

  it('a server that takes an upload on an older state and goes back to the newer one has no key deleted that the root it serves lists', async () => {
    await team.rotate(other, 'timestamp', { serverManaged: true });
    await team.rotate(other, 'timestamp', { serverManaged: true });
    const [before] = await owner.cryptoService.list('targets');
    await team.rotate(deceived, 'targets').catch(() => undefined);
    expect(owner.keyStorage.files.has(before?.keyId ?? '')).toBe(true);
    await team.publishTarget(other, 'b1');
    expect(await team.listing(reader())).toContain('b1: targets');
  });
});

describe('G37 a change that an upload with a lost answer has published', () => {
  it('a change that an upload with a lost answer has published is not made again after another failed publish: a tag that was removed since stays away', async () => {
    await team.stageTarget(owner, 'v1');
    await publishInVain(owner);
    const other = elsewhere(owner);
    await removeTarget(other, { name: 'v1', roles: [] });
    await publish(other);
    await team.stageTarget(owner, 'v2');
    server.override({ method: 'POST', path: /tuf\/$/, status: 503, times: 1 });
    await expect(publish(owner)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
    await publish(strictly(owner));
    expect(await team.listing(reader())).toEqual(['v2: targets']);
  });

  it('a change of a delegation that an upload with a lost answer has published is refused when the delegation was removed since, with the way out', async () => {
    await team.delegate(owner, role, [bobsKey]);
    await publishInVain(owner);
    const other = elsewhere(owner);
    await removeRole(other);
    await publish(other);
    await team.stageTarget(owner, 'v2');
    await expect(publish(owner)).rejects.toMatchObject({
      code: 'CHANGE_NOT_IN_EFFECT',
      message: expect.stringContaining(`delegation ${role}`) as string,
      details: { gun, changes: ['0', '1'] },
      hint: expect.stringContaining(`tsnotary reset ${gun} -n 0,1`) as string,
    });
    const { targets } = await update(reader());
    expect(targets.get('targets')?.content.delegations.roles).toEqual([]);
  });

  it('a change of a delegation that an upload with a lost answer has published is done when it is in effect', async () => {
    await team.delegate(owner, role, [bobsKey]);
    await publishInVain(owner);
    await team.publishTarget(owner, 'v2');
    await team.publishTarget(bob, 'by bob', role);
    expect(await team.listing(reader())).toEqual(['by bob: targets/dev', 'v2: targets']);
    expect(owner.changelist.changes.size).toBe(0);
  });
});

describe('G37 a publish that crosses with one of the owner', () => {
  beforeEach(async () => {
    await team.delegate(owner, role, [bobsKey]);
    await publish(owner);
    await team.publishTarget(bob, 'v1', role);
    await team.stageTarget(bob, 'v2', role);
  });

  it('a publish that crosses with one of the owner says that the role was removed', async () => {
    const removal = async () => {
      await removeRole(owner);
      await publish(owner);
    };
    await publish(team.afterUpload(bob, removal));
    expect(codes(bob)).toContain('ROLE_NOT_THERE');
    expect(bob.changelist.changes.size).toBe(0);
  });

  it('a publish that crosses with one of the owner says that the paths of the role were taken away', async () => {
    const removal = async () => {
      await removeDelegation(owner, { role, keyIds: [], paths: [], allPaths: true, whole: false });
      await publish(owner);
    };
    await expect(publish(strictly(team.afterUpload(bob, removal)))).rejects.toMatchObject({
      code: 'TARGETS_HIDDEN',
    });
    expect(bob.changelist.changes.size).toBe(0);
  });
});

describe('G37 a role that was removed and made again', () => {
  it.each(['by the server', 'here'])(
    'a role that was removed and made again starts from nothing on one machine, with the snapshot signed %s',
    async (where) => {
      if (where === 'here') await team.rotate(owner, 'snapshot');
      const key = await team.delegationKey(owner);
      await team.delegate(owner, role, [key]);
      await publish(owner);
      await team.publishTarget(owner, 'bad', role);
      await removeRole(owner);
      await publish(owner);
      await team.delegate(owner, role, [key]);
      await publish(owner);
      await team.publishTarget(owner, 'good', role);
      expect(await team.listing(reader())).toEqual(all('good'));
    },
  );

  it('a role that was removed and made again starts from nothing for a signer whose cache has an earlier file', async () => {
    const carol = actor(server, clock);
    await team.delegate(owner, role, [bobsKey, await team.delegationKey(carol)]);
    await publish(owner);
    await team.publishTarget(bob, 'bad', role);
    await team.publishTarget(carol, 'bad too', role);
    await removeRole(owner);
    await publish(owner);
    await team.delegate(owner, role, [bobsKey]);
    await publish(owner);
    await team.publishTarget(bob, 'good', role);
    expect(await team.listing(reader())).toEqual(all('good'));
  });
});

describe('G37 a former signer who works together with the server', () => {
  it('a former signer who works together with the server takes no role from those who have seen it since the removal, and the role is not signed by its holder', async () => {
    const mallory = actor(server, clock);
    const key = await team.delegationKey(mallory);
    await team.delegate(owner, role, [bobsKey, key]);
    await publish(owner);
    await team.publishTarget(bob, 'b1', role);
    await removeKey(owner, key);
    await publish(owner);
    await team.publishTarget(bob, 'b2', role);
    const witness = reader();
    await update(witness);
    await team.publishTarget(owner, 'unrelated');
    const [listed] = await mallory.cryptoService.list();
    const found = await mallory.cryptoService.find(listed?.keyId ?? asCanonicalKeyId(''), { role, gun });
    await serveFile(server, gun, role, fileBy({ version: 99 }, plainSigner(found.key)));
    await expect(team.listing(strictly(witness))).rejects.toMatchObject({ code: 'ROLE_HIDDEN' });
    for (const again of [witness, witness])
      expect(await team.listing(again)).toEqual([...all('b1', 'b2'), 'unrelated: targets']);
    await team.publishTarget(bob, 'b3', role);
    expect(await team.listing(reader())).toEqual([...all('b1', 'b2', 'b3'), 'unrelated: targets']);
  });
});
