/** Successes that would not be true, and work of others that would be undone. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import { listTargets } from '../../../src/client/read/list-targets.ts';
import { addTarget, fileMetaOfStream } from '../../../src/client/stage/add-target.ts';
import { addDelegation, removeDelegation } from '../../../src/client/stage/delegations.ts';
import { update } from '../../../src/client/update/update.ts';
import type { PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { NotaryError } from '../../../src/errors.ts';
import { fileMetaOf, sha256Hex } from '../../../src/tuf/checksums.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { type MemoryClock, memoryClock } from '../../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../../support/memory-server.ts';

const role = 'targets/releases';
const nested = `${role}/nested`;

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;
let bob: Actor;
let bobsKey: PublicKey;

const reader = () => actor(server, clock);
const codes = (who: Actor) => who.log.records.flatMap(({ code }) => code ?? []);
const all = (...names: readonly string[]) => names.map((name) => `${name}: ${role}`);

/** The same trust directory and keys on another machine, without what is staged there. */
const elsewhere = (who: Actor): Actor => ({ ...reader(), cryptoService: who.cryptoService });

async function* text(content: string) {
  yield Buffer.from(content);
}

async function stage(who: Actor, name: string, content: string, scope: string): Promise<void> {
  await addTarget(who, { name, meta: await fileMetaOfStream(text(content)), roles: [scope] });
}

async function contentOf(name: string): Promise<number | undefined> {
  return (await listTargets(reader(), { roles: [] })).find((target) => target.name === name)?.meta.length;
}

async function removeRole(who: Actor, name: string): Promise<void> {
  await removeDelegation(who, { role: name, keyIds: [], paths: [], allPaths: false, whole: true });
}

async function takeAway(key: PublicKey, from = role): Promise<void> {
  await removeDelegation(owner, {
    ...{ role: from, keyIds: [canonicalKeyId(key)], paths: [], allPaths: false, whole: false },
  });
  await publish(owner);
}

/** Everything arrives, nothing comes back. */
function answersLost(who: Actor): Actor {
  let lost = false;
  const gone = () => new NotaryError('NETWORK', 'connection reset');
  return {
    ...who,
    remote: {
      ...who.remote,
      get: async (resource, limit) => {
        if (lost) throw gone();
        return who.remote.get(resource, limit);
      },
      publish: async (files) => {
        await who.remote.publish(files);
        lost = true;
        throw gone();
      },
    },
  };
}

beforeEach(async () => {
  clock = memoryClock();
  server = memoryServer({ clock });
  [owner, bob] = [actor(server, clock), actor(server, clock)];
  bobsKey = await team.delegationKey(bob);
  await publish(owner);
});

const delegated = async () => {
  await team.shareSnapshot(owner);
  await team.delegate(owner, role, [bobsKey]);
  await publish(owner);
  await team.publishTarget(bob, '1.0', role);
};

describe('G35 an upload whose answer was lost', () => {
  beforeEach(delegated);

  /** Stages a target; its upload is recorded, and does not reach the server. */
  async function stageInVain(): Promise<void> {
    await stage(bob, 'latest', 'old', role);
    server.override({ method: 'POST', path: /tuf\/$/, status: 503, times: 1 });
    await expect(publish(bob)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
  }

  /** A machine that knows the present file of the role, which the server does not give out from now on. */
  async function elsewhereAtLast(): Promise<Actor> {
    const other = elsewhere(bob);
    await update(other);
    const hash = sha256Hex(fileMetaOf(await bob.remote.get(role, 1e6)));
    server.override({ method: 'GET', path: `${role}.${hash}.json`, status: 404 });
    return other;
  }

  it('an upload whose answer was lost is not repeated over what another machine has published since: a newer digest stays', async () => {
    await stage(bob, 'latest', 'old', role);
    await expect(publish(answersLost(bob))).rejects.toMatchObject({ code: 'NETWORK' });
    const other = elsewhere(bob);
    await stage(other, 'latest', 'newer', role);
    await publish(other);
    await publish(bob);
    expect(await contentOf('latest')).toBe('newer'.length);
    expect(bob.changelist.changes.size).toBe(0);
    expect(codes(bob)).toEqual(expect.arrayContaining(['PUBLISH_RESUMED', 'TARGET_CHANGED_MEANWHILE']));
  });

  it('an upload whose answer was lost is complete with the same command when nothing has happened since', async () => {
    await stage(bob, 'latest', 'old', role);
    await expect(publish(answersLost(bob))).rejects.toMatchObject({ code: 'NETWORK' });
    const version = (await team.served(bob, role)).version;
    await publish(bob);
    expect((await team.served(bob, role)).version).toBe(version);
    expect(await contentOf('latest')).toBe('old'.length);
    expect(bob.changelist.changes.size).toBe(0);
    expect(bob.uploads.record).toBeUndefined();
    expect(codes(bob)).not.toContain('TARGET_CHANGED_MEANWHILE');
  });

  it('an upload whose answer was lost lets what was staged since be published with the same command', async () => {
    await stage(bob, 'latest', 'old', role);
    await expect(publish(answersLost(bob))).rejects.toMatchObject({ code: 'NETWORK' });
    await stage(bob, '2.0', 'two', role);
    await publish(bob);
    expect(await team.listing(reader())).toEqual(all('1.0', '2.0', 'latest'));
  });

  it('an upload whose answer was lost is repeated when it did not arrive', async () => {
    await stageInVain();
    await publish(bob);
    expect(await contentOf('latest')).toBe('old'.length);
    expect(codes(bob)).not.toContain('PUBLISH_RESUMED');
  });

  it('an upload whose answer was lost and that did not arrive is repeated over what was published since, with a message', async () => {
    await stageInVain();
    const other = elsewhere(bob);
    await stage(other, 'latest', 'newer', role);
    await publish(other);
    await publish(bob);
    expect(await contentOf('latest')).toBe('old'.length);
    expect(codes(bob)).toContain('TARGET_CHANGED_MEANWHILE');
  });

  it('an upload whose answer was lost and that did not arrive is repeated with a message over one that is first at the next moment, also where the server has no earlier files', async () => {
    await stageInVain();
    const other = await elsewhereAtLast();
    let crossed = false;
    const racing: Actor = {
      ...bob,
      remote: {
        ...bob.remote,
        publish: async (files) => {
          if (!crossed) {
            crossed = true;
            await stage(other, 'latest', 'newer', role);
            await publish(other);
          }
          await bob.remote.publish(files);
        },
      },
    };
    await publish(racing);
    expect(await contentOf('latest')).toBe('old'.length);
    expect(codes(bob)).toContain('TARGET_CHANGED_MEANWHILE');
  });

  it('an upload whose answer was lost and that did not arrive is repeated where the server has no earlier files', async () => {
    await stageInVain();
    const other = await elsewhereAtLast();
    await stage(other, 'latest', 'newer', role);
    await publish(other);
    await publish(bob);
    expect(await contentOf('latest')).toBe('old'.length);
    expect(bob.changelist.changes.size).toBe(0);
  });

  it('an upload whose answer was lost and that did not arrive is refused when its role is gone since, and stays staged', async () => {
    await stageInVain();
    await removeRole(owner, role);
    await publish(owner);
    await expect(publish(bob)).rejects.toMatchObject({ code: 'NO_SUCH_ROLE' });
    expect(bob.changelist.changes.size).toBe(1);
  });

  it('an upload whose answer was lost counts for nothing when the changes were reset', async () => {
    await stage(bob, 'latest', 'old', role);
    await expect(publish(answersLost(bob))).rejects.toMatchObject({ code: 'NETWORK' });
    bob.changelist.changes.clear();
    await stage(bob, 'latest', 'third', role);
    await publish(bob);
    expect(await contentOf('latest')).toBe('third'.length);
    expect(codes(bob)).not.toContain('PUBLISH_RESUMED');
  });

  it('an upload whose answer was lost does not count as taken because the server claims so of another file', async () => {
    await stageInVain();
    await team.publishTarget(elsewhere(bob), 'other', role);
    await team.publishTarget(elsewhere(bob), 'another', role);
    await publish(bob);
    expect(await contentOf('latest')).toBe('old'.length);
  });
});

describe('G35 a role that is removed and made again with the same certificate', () => {
  beforeEach(async () => {
    await delegated();
    await addDelegation(bob, { role: nested, keys: [await team.delegationKey(bob)], paths: [''] });
    await publish(bob);
    await team.publishTarget(bob, 'n', nested);
    expect(await team.listing(reader())).toEqual([...all('1.0'), `n: ${nested}`]);
  });

  it.each(['in two publishes', 'in one publish'])(
    'a role that is removed and made again with the same certificate returns, with a message, where no key of it is here: %s',
    async (when) => {
      await removeRole(owner, role);
      if (when === 'in two publishes') await publish(owner);
      await team.delegate(owner, role, [bobsKey]);
      await publish(owner);
      expect(codes(owner)).toContain('ROLE_COMES_BACK');
    },
  );

  it.each(['in two publishes', 'in one publish'])(
    'a role that is removed and made again with the same certificate starts from nothing where a key of it is here: %s',
    async (when) => {
      const key = await bob.cryptoService.find(canonicalKeyId(bobsKey), { role, gun: bob.gun });
      await owner.cryptoService.add(key.key, 'delegation', '');
      await removeRole(owner, role);
      if (when === 'in two publishes') await publish(owner);
      await team.delegate(owner, role, [bobsKey]);
      await publish(owner);
      expect(await team.listing(reader())).toEqual([]);
      expect(codes(owner)).not.toContain('ROLE_COMES_BACK');
      await team.publishTarget(bob, '2.0', role);
      expect(await team.listing(reader())).toEqual(all('2.0'));
    },
  );

  it.each(['in two publishes', 'in one publish'])(
    'a role that is removed and made again with the same certificate starts from nothing where the snapshot is signed here: %s',
    async (when) => {
      await team.rotate(owner, 'snapshot');
      await removeRole(owner, role);
      if (when === 'in two publishes') await publish(owner);
      await team.delegate(owner, role, [bobsKey]);
      await publish(owner);
      expect(await team.listing(reader())).toEqual([]);
      const { signed } = await team.served(owner, 'snapshot');
      expect([...(signed.get('meta') as ReadonlyMap<string, unknown>).keys()]).toEqual(['root', 'targets']);
      expect(codes(owner)).not.toContain('ROLE_COMES_BACK');
    },
  );
});

describe('G35 a key of the server that is rotated between an upload and the look at what is served', () => {
  it.each(['snapshot', 'timestamp'])(
    'a rotation of the server’s %s key between an upload and the read-back makes no failure of what was taken',
    async (base) => {
      await delegated();
      const again = { ...owner, cache: reader().cache };
      await team.stageTarget(bob, '2.0', role);
      await publish(team.afterUpload(bob, () => team.rotate(again, base, { serverManaged: true })));
      expect(await team.listing(reader())).toEqual(all('1.0', '2.0'));
      expect(bob.changelist.changes.size).toBe(0);
    },
  );

  it('a rotation of the targets key between an upload and the read-back makes no failure of what was taken', async () => {
    await delegated();
    const again = { ...elsewhere(owner), journal: owner.journal };
    await team.stageTarget(owner, 'mine');
    await publish(team.afterUpload(owner, () => team.rotate(again, 'targets')));
    expect(await team.listing(reader())).toEqual(['1.0: targets/releases', 'mine: targets']);
  });
});

describe('G35 a removal of a key that crosses with a publish', () => {
  let carol: Actor;

  beforeEach(async () => {
    await delegated();
    carol = actor(server, clock);
    await team.delegate(owner, role, [await team.delegationKey(carol)]);
    await publish(owner);
    await team.publishTarget(carol, 'by carol', role);
  });

  it('a removal of a key is reported to the owner when it has met a newer file of the removed key', async () => {
    await update(owner);
    const racing: Actor = {
      ...owner,
      remote: {
        ...owner.remote,
        publish: async (files) => {
          await team.publishTarget(bob, '2.0', role);
          await owner.remote.publish(files);
        },
      },
    };
    await removeDelegation(owner, {
      ...{ role, keyIds: [canonicalKeyId(bobsKey)], paths: [], allPaths: false, whole: false },
    });
    await publish(racing);
    expect(await team.listing(reader())).toEqual([]);
    expect(codes(owner)).toContain('ROLE_NEEDS_WITNESS');
  });

  it('a removal of a key is reported to the holder of the removed key, whose file readers do not believe', async () => {
    await team.stageTarget(bob, '2.0', role);
    await publish(team.afterUpload(bob, () => takeAway(bobsKey)));
    expect(await team.listing(reader())).toEqual([]);
    expect(codes(bob)).toContain('ROLE_NEEDS_WITNESS');
  });

  it('a removal of a key is no failure when the whole role is removed', async () => {
    await team.stageTarget(bob, '2.0', role);
    await publish(
      team.afterUpload(bob, async () => {
        await removeRole(owner, role);
        await publish(owner);
      }),
    );
    expect(bob.changelist.changes.size).toBe(0);
  });
});

describe('G35 a server that does not serve what it accepted', () => {
  beforeEach(delegated);

  it.each([role, 'snapshot', 'timestamp'])(
    'a server that does not serve what it accepted is found out: the %s of before',
    async (resource) => {
      const before = new Map<string, Uint8Array>();
      for (const name of [role, 'snapshot', 'timestamp']) before.set(name, await bob.remote.get(name, 1e6));
      let sent = false;
      const deceived: Actor = {
        ...bob,
        remote: {
          ...bob.remote,
          publish: async (files) => {
            await bob.remote.publish(files);
            sent = true;
          },
          get: async (name, limit) => {
            const old = before.get(name.replace(/\.[0-9a-f]{64}$/, ''));
            return sent && old !== undefined && name.startsWith(resource) ? old : bob.remote.get(name, limit);
          },
        },
      };
      await team.stageTarget(bob, '2.0', role);
      await expect(publish(deceived)).rejects.toMatchObject({ code: 'PUBLISH_UNVERIFIED' });
      expect(bob.changelist.changes.size).toBe(1);
      await publish(bob);
      expect(await team.listing(reader())).toEqual(all('1.0', '2.0'));
    },
  );
});
