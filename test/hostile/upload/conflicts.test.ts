/** Several people, or several processes of one, who publish at the same time. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import type { PublicKey } from '../../../src/crypto/keys/public-key.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { freshServer } from '../../support/fresh-server.ts';
import type { MemoryClock } from '../../support/memory-ports.ts';
import type { MemoryServer } from '../../support/memory-server.ts';
import { failureOf } from '../../support/refusal.ts';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;

beforeEach(() => {
  ({ clock, server, owner } = freshServer());
});

/** As a person, but before each of the first uploads somebody else does something. */
function overtaken(who: Actor, times: number, first: (round: number) => Promise<unknown>): Actor {
  let round = 0;
  return {
    ...who,
    remote: {
      ...who.remote,
      publish: async (files) => {
        if (round < times) await first(++round);
        return who.remote.publish(files);
      },
    },
  };
}

const reader = () => actor(server, clock);

describe('G17 publishing after another client was first', () => {
  it.each([1, 2, 3, 4])(
    'a change that another client has overtaken %i times is applied to the new state and published',
    async (times) => {
      await publish(owner);
      const other = sameOwner(owner);
      await team.stageTarget(owner, 'mine');
      await publish(overtaken(owner, times, (round) => team.publishTarget(other, `theirs ${round}`)));
      const theirs = Array.from({ length: times }, (_, index) => `theirs ${index + 1}: targets`);
      expect(await team.listing(reader())).toEqual(['mine: targets', ...theirs]);
      expect(owner.log.messages('info')).toContain(
        `docker.io/alice/demo was published at try ${times + 1} of 5`,
      );
      expect(owner.changelist.changes.size).toBe(0);
    },
  );

  it('a change in a role that had no file yet loses nothing of another client who is first at the moment of sending', async () => {
    await publish(owner);
    await team.shareSnapshot(owner);
    const [bob, carol] = [actor(server, clock), actor(server, clock)];
    const keys = [await team.delegationKey(bob), await team.delegationKey(carol)];
    await team.delegate(owner, 'targets/a', keys);
    await publish(owner);
    await team.stageTarget(bob, 'by bob', 'targets/a');
    let raced = false;
    const racing: Actor = {
      ...bob,
      remote: {
        ...bob.remote,
        publish: async (files) => {
          if (!raced) {
            raced = true;
            await team.publishTarget(carol, 'by carol', 'targets/a');
          }
          return bob.remote.publish(files);
        },
      },
    };
    await publish(racing);
    expect(raced).toBe(true);
    expect(await team.listing(reader())).toEqual(['by bob: targets/a', 'by carol: targets/a']);
  });

  it('a change that another client has overtaken gives a warning about the collection once', async () => {
    await publish(owner);
    const other = sameOwner(owner);
    const { removeTarget } = await import('../../../src/client/stage/remove-target.ts');
    await removeTarget(owner, { name: 'not there', roles: [] });
    await publish(overtaken(owner, 3, (round) => team.publishTarget(other, `theirs ${round}`)));
    expect(owner.log.records.filter(({ code }) => code === 'TARGET_NOT_THERE')).toHaveLength(1);
  });

  it('a change that another client overtakes each time is given up after five tries, kept, and the error says what happened', async () => {
    await publish(owner);
    const other = sameOwner(owner);
    await team.stageTarget(owner, 'mine');
    const unlucky = overtaken(owner, 100, (round) => team.publishTarget(other, `theirs ${round}`));
    const failure = await failureOf(publish(unlucky));
    expect(failure).toMatchObject({
      code: 'INVALID_OPERATION',
      message: 'trust server rejected operation.',
      details: { tries: 5, serverCode: 'VERSION' },
      hint: 'Another client published version 7 of docker.io/alice/demo in the meantime, and so at each of 5 tries. Nothing is lost: run this command again.',
    });
    expect(owner.changelist.changes.size).toBe(1);
    await publish(owner);
    expect(await team.listing(reader())).toContain('mine: targets');
  });

  it('a change that the server calls too old each time, though it has nothing newer, is given up without blaming another client', async () => {
    await publish(owner);
    await team.stageTarget(owner, 'mine');
    const body = JSON.stringify({ errors: [{ code: 'VERSION', message: 'old version' }] });
    server.override({ method: 'POST', path: '/_trust/tuf/', status: 400, body, times: 5 });
    const failure = await failureOf(publish(owner));
    expect(failure).toMatchObject({ code: 'INVALID_OPERATION', details: { tries: 5, version: 2 } });
    expect(failure).not.toMatchObject({ hint: expect.stringMatching(/another client/i) as string });
    await publish(owner);
    expect(await team.listing(reader())).toEqual(['mine: targets']);
  });

  it('the tries of an overtaken change have pauses between them that grow and are not the same for every client', async () => {
    await publish(owner);
    const other = sameOwner(owner);
    const pauses: number[] = [];
    for (let round = 0; round < 2; round++) {
      const patient = {
        ...owner,
        clock: { ...clock, sleep: async (milliseconds: number) => void pauses.push(milliseconds) },
      };
      await team.stageTarget(owner, `mine ${round}`);
      await publish(overtaken(patient, 4, (turn) => team.publishTarget(other, `${round} ${turn}`)));
    }
    expect(pauses).toHaveLength(8);
    for (const [index, pause] of pauses.entries()) {
      const average = 100 * 2 ** (index % 4);
      expect(pause).toBeGreaterThanOrEqual(average / 2);
      expect(pause).toBeLessThanOrEqual(average * 1.5);
    }
    expect(pauses.slice(0, 4)).not.toEqual(pauses.slice(4));
  });

  it('the same change by two clients is published once', async () => {
    await publish(owner);
    const other = sameOwner(owner);
    await team.stageTarget(owner, 'v1');
    await publish(overtaken(owner, 1, () => team.publishTarget(other, 'v1')));
    expect((await team.served(reader(), 'targets')).version).toBe(3);
  });

  it('a change whose key another client took away cannot be published any more, and stays staged', async () => {
    await publish(owner);
    await team.shareSnapshot(owner);
    const bob = actor(server, clock);
    await team.delegate(owner, 'targets/a', [await team.delegationKey(bob)]);
    await publish(owner);
    await team.stageTarget(bob, 'by bob', 'targets/a');
    const racing = overtaken(bob, 1, async () => {
      await team.delegate(owner, 'targets/b', [await team.delegationKey(owner)]);
      const { removeDelegation } = await import('../../../src/client/stage/delegations.ts');
      await removeDelegation(owner, {
        role: 'targets/a',
        keyIds: [],
        paths: [],
        allPaths: false,
        whole: true,
      });
      await publish(owner);
    });
    await expect(publish(racing)).rejects.toMatchObject({ code: 'NO_SUCH_ROLE' });
    expect(bob.changelist.changes.size).toBe(1);
    expect(await team.listing(reader())).toEqual([]);
  });

  it('a collection that another client created first is not overwritten with the own one', async () => {
    const other = actor(server, clock);
    await team.stageTarget(owner, 'mine');
    const racing = overtaken(owner, 1, () => team.publishTarget(other, 'theirs'));
    await expect(publish(racing)).rejects.toMatchObject({ code: 'ROOT_ROTATION' });
    expect(owner.changelist.changes.size).toBe(1);
    expect(await team.listing(reader())).toEqual(['theirs: targets']);
  });

  it('a change that the server refuses for itself is not sent again', async () => {
    await publish(owner);
    await team.stageTarget(owner, 'mine');
    const body = JSON.stringify({
      errors: [
        { code: 'INVALID_UPDATE', message: 'x', detail: { Name: 'ErrBadTargets', Error: { Msg: 'no' } } },
      ],
    });
    server.override({ method: 'POST', path: '/_trust/tuf/', status: 400, body });
    server.forget();
    await expect(publish(owner)).rejects.toMatchObject({ code: 'BAD_TARGETS' });
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});

describe('G25 publishing at the same time', () => {
  it('publishing by four collaborators with roles of their own at the same time succeeds for all four', async () => {
    await publish(owner);
    await team.shareSnapshot(owner);
    const people: Actor[] = [];
    for (let count = 0; count < 4; count++) {
      const one = actor(server, clock);
      people.push(one);
      await team.delegate(owner, `targets/p${count}`, [await team.delegationKey(one)]);
    }
    await publish(owner);
    for (const [index, one] of people.entries())
      await team.stageTarget(one, `v${index}`, `targets/p${index}`);
    await Promise.all(people.map((one) => publish(one)));
    expect(await team.listing(reader())).toEqual([0, 1, 2, 3].map((n) => `v${n}: targets/p${n}`));
  });

  it('publishing by four collaborators in one role at the same time succeeds for all four', async () => {
    await publish(owner);
    await team.shareSnapshot(owner);
    const people = Array.from({ length: 4 }, () => actor(server, clock));
    const keys: PublicKey[] = [];
    for (const one of people) keys.push(await team.delegationKey(one));
    await team.delegate(owner, 'targets/releases', keys);
    await publish(owner);
    for (const [index, one] of people.entries()) await team.stageTarget(one, `v${index}`, 'targets/releases');
    await Promise.all(people.map((one) => publish(one)));
    expect(await team.listing(reader())).toEqual([0, 1, 2, 3].map((n) => `v${n}: targets/releases`));
  });

  it('publishing twice from one trust directory is done one after the other, and the second finds nothing left to do', async () => {
    await team.stageTarget(owner, 'v1');
    const results = await Promise.all([publish(owner), publish(owner)]);
    expect(results.map(({ created }) => created)).toEqual([true, false]);
    expect((await owner.cryptoService.list('targets')).length).toBe(1);
    expect(await team.listing(reader())).toEqual(['v1: targets']);
  });
});

describe('G19 staging while a publish runs', () => {
  it('staging while a publish runs is not lost: only the changes that were read are removed', async () => {
    await publish(owner);
    await team.stageTarget(owner, 'v1');
    await publish(overtaken(owner, 1, () => team.stageTarget(owner, 'v2')));
    expect(await team.listing(reader())).toEqual(['v1: targets']);
    expect(owner.changelist.changes.size).toBe(1);
    await publish(owner);
    expect(await team.listing(reader())).toEqual(['v1: targets', 'v2: targets']);
  });

  it('staging the removal of what is being published puts it after the publication', async () => {
    const { removeTarget } = await import('../../../src/client/stage/remove-target.ts');
    await publish(owner);
    await team.stageTarget(owner, 'v1');
    await publish(overtaken(owner, 1, () => removeTarget(owner, { name: 'v1', roles: [] })));
    expect(await team.listing(reader())).toEqual(['v1: targets']);
    await publish(owner);
    expect(await team.listing(reader())).toEqual([]);
  });

  it('a publish whose changelist cannot be cleared afterwards succeeds with a warning', async () => {
    const { NotaryError: Failure } = await import('../../../src/errors.ts');
    await publish(owner);
    await team.stageTarget(owner, 'v1');
    const readOnly: Actor = {
      ...owner,
      changelist: {
        ...owner.changelist,
        remove: async () => Promise.reject(new Failure('FILE_UNWRITABLE', 'remove x: read-only file system')),
      },
    };
    await publish(readOnly);
    expect(await team.listing(reader())).toEqual(['v1: targets']);
    expect(owner.log.records.at(-1)).toMatchObject({ level: 'warn', code: 'CHANGES_NOT_CLEARED' });
  });
});

/** The owner on another machine: the same keys and trust, a changelist of its own. */
function sameOwner(who: Actor): Actor {
  const other = actor(server, clock);
  for (const [role, bytes] of who.cache.files) other.cache.files.set(role, bytes);
  for (const [id, pem] of who.keyStorage.files) other.keyStorage.files.set(id, pem);
  return other;
}
