/** Paths that a role has already, as staging finds them in the cache. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import { sayCoveredPaths } from '../../../src/client/stage/covered-paths.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { memoryServer } from '../../support/memory-server.ts';

let owner: Actor;

beforeEach(async () => {
  const clock = memoryClock();
  owner = actor(memoryServer({ clock }), clock);
  await publish(owner);
  await team.delegate(owner, 'targets/qa', [await team.delegationKey(owner)], ['qa/']);
  await publish(owner);
});

const said = async (role: string, paths: readonly string[]) => {
  const from = owner.log.records.length;
  await sayCoveredPaths(owner, role, paths);
  return owner.log.records.slice(from).map(({ message }) => message);
};

describe('paths that a role has already', () => {
  it('a path below one of the role is said, with that one', async () => {
    expect(await said('targets/qa', ['qa/deep/', 'new/'])).toEqual([
      'targets/qa may sign "qa/deep/" already, by "qa/": adding that changes nothing',
    ]);
  });

  it.each([
    ['a path that widens the role', 'targets/qa', ['q']],
    ['a role that is not there', 'targets/new', ['qa/']],
    ['a role below one of which nothing is cached', 'targets/qa/deep', ['qa/']],
  ])('%s draws no word', async (_, role, paths) => {
    expect(await said(role, paths)).toEqual([]);
  });

  it('a cache that cannot be read draws no word', async () => {
    await owner.cache.set('targets', Buffer.from('junk'));
    expect(await said('targets/qa', ['qa/'])).toEqual([]);
  });
});
