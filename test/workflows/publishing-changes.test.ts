/** Staged changes on their way to the server: in order, all or none, and none of them lost. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { findTarget } from '../../src/client/read/find-target.ts';
import { listChanges } from '../../src/client/stage/list-changes.ts';
import { removeTarget } from '../../src/client/stage/remove-target.ts';
import { resetChanges } from '../../src/client/stage/reset-changes.ts';
import { NotaryError } from '../../src/errors.ts';
import type { Actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';

import type { MemoryServer } from '../support/memory-server.ts';

let server: MemoryServer;
let owner: Actor;

beforeEach(() => {
  ({ server, owner } = freshServer());
});

describe('publishing what is staged', () => {
  it('publishing what is staged applies changes in order: added and removed is not there, removed and added is', async () => {
    await team.stageTarget(owner, 'a');
    await removeTarget(owner, { name: 'a', roles: [] });
    await removeTarget(owner, { name: 'b', roles: [] });
    await team.stageTarget(owner, 'b');
    await publish(owner);
    expect(await team.listing(owner)).toEqual(['b: targets']);
  });

  it('publishing what is staged changes the roles that are named and no other, and makes files for those only that get something', async () => {
    await publish(owner);
    const key = await team.delegationKey(owner);
    for (const role of ['targets/a', 'targets/b']) await team.delegate(owner, role, [key]);
    await team.stageTarget(owner, 'v1', 'targets/a');
    await removeTarget(owner, { name: 'v1', roles: ['targets/b'] });
    expect((await publish(owner)).roles).toEqual(['targets', 'targets/a', 'snapshot']);
    expect(await team.listing(owner)).toEqual(['v1: targets/a']);
    await expect(team.served(owner, 'targets/b')).rejects.toMatchObject({ code: 'METADATA_NOT_FOUND' });
  });

  it('publishing what is staged does not sign a role again for a target that it has already, as it is', async () => {
    await team.publishTarget(owner, 'v1');
    await team.stageTarget(owner, 'v1');
    await team.stageTarget(owner, 'v1');
    expect((await publish(owner)).roles).toEqual(['snapshot']);
    expect(await team.listing(owner)).toEqual(['v1: targets']);
  });

  it('publishing what is staged fails when a change names a role that does not exist, for adding and for removing', async () => {
    await publish(owner);
    const role = 'targets/one/two/three/four';
    for (const stage of [
      () => team.stageTarget(owner, 'v1', role),
      () => removeTarget(owner, { name: 'v1', roles: [role] }),
    ]) {
      await stage();
      await expect(publish(owner)).rejects.toMatchObject({ code: 'NO_SUCH_ROLE' });
      await resetChanges(owner, { all: true, indexes: [] });
    }
  });

  it('publishing what is staged signs nothing when there is nothing to publish', async () => {
    await publish(owner);
    const again = team.restarted(owner);
    const { version } = await team.served(owner, 'targets');
    await publish(again);
    expect((await team.served(owner, 'targets')).version).toBe(version);
  });

  it('a publish leaves alone what is staged while it runs', async () => {
    await team.stageTarget(owner, 'a');
    const busy: Actor = {
      ...owner,
      remote: {
        ...owner.remote,
        publish: async (files) => {
          await team.stageTarget(owner, 'b');
          return owner.remote.publish(files);
        },
      },
    };
    await publish(busy);
    expect((await listChanges(owner)).map(({ path }) => path)).toEqual(['b']);
    await publish(owner);
    expect(await team.listing(owner)).toEqual(['a: targets', 'b: targets']);
  });

  it('publishing what is staged stops at a change of a kind that it does not know, and nothing is lost', async () => {
    await publish(owner);
    for (const unknown of [
      '{"action":"rename","role":"targets","type":"target","path":"x","data":null}',
      '{"action":"create","role":"targets","type":"mystery","path":"x","data":null}',
      '{"action":"create","role":"snapshot","type":"target","path":"x","data":null}',
    ]) {
      await owner.changelist.add(Buffer.from(unknown));
      await expect(publish(owner)).rejects.toBeInstanceOf(NotaryError);
      expect(owner.changelist.changes.size).toBe(1);
      await resetChanges(owner, { all: true, indexes: [] });
    }
  });
});

describe('a server that is broken', () => {
  for (const status of [500, 502, 503]) {
    it(`a server that is broken (${status}) stops every command that needs it, and those without cache learn why`, async () => {
      server.override({ path: '/v2/', status });
      await team.stageTarget(owner, 'v1');
      for (const attempt of [
        () => team.listing(owner),
        () => findTarget(owner, 'v1'),
        () => publish(owner),
        () => team.rotate(owner, 'targets'),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
      }
      expect(owner.changelist.changes.size).toBe(1);
    });
  }
});
