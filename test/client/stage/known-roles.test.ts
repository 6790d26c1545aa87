/** Roles that are not there, as staging finds them in the cache. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import { addDelegation } from '../../../src/client/stage/delegations.ts';
import { cautionOfUnknownParent, cautionOfUnknownRoles } from '../../../src/client/stage/known-roles.ts';
import { cautionFor } from '../../../src/composition/strictness.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { memoryServer } from '../../support/memory-server.ts';
import { failureOf } from '../../support/refusal.ts';

let owner: Actor;
let stranger: Actor;

beforeEach(async () => {
  const clock = memoryClock();
  const server = memoryServer({ clock });
  owner = actor(server, clock);
  stranger = actor(server, clock);
  await publish(owner);
  await team.delegate(owner, 'targets/qa', [await team.delegationKey(owner)], ['']);
  await publish(owner);
});

const said = async (who: Actor, ...roles: readonly string[]) => {
  const from = who.log.records.length;
  await cautionOfUnknownRoles(who, roles);
  return who.log.records.slice(from).map(({ code, message }) => `${code}: ${message}`);
};

describe('a role that a change is staged for', () => {
  it('a role that the metadata of this machine does not list is said not to be there, with what may be meant', async () => {
    expect(await said(owner, 'targets/qaa', 'targets/qaa')).toEqual([
      expect.stringMatching(/^ROLE_NOT_THERE: .* has no role targets\/qaa .* did you mean "targets\/qa"\?$/),
    ]);
    expect(await said(owner, 'targets/nope/below')).toHaveLength(1);
    expect(await said(owner, 'Targets/qa')).toHaveLength(1);
  });

  it.each(['targets/qa', 'targets', 'root', 'targets/*', 'targets/qa/below'])(
    'a role that is there, or that nothing here can tell of, draws no word: %s',
    async (role) => {
      // Nothing has been signed into targets/qa yet, so that its file is not here.
      expect(await said(owner, role)).toEqual([]);
    },
  );

  it('a role of a repository of which nothing is here draws no word', async () => {
    expect(await said(stranger, 'targets/nope')).toEqual([]);
  });

  it('a role that is staged to be added draws no word, beside a staged change that is damaged', async () => {
    await owner.changelist.add(Buffer.from('junk'));
    await addDelegation(owner, { role: 'targets/new', keys: [], paths: [''] });
    expect(await said(owner, 'targets/new')).toEqual([]);
  });

  it('a role is not judged by a cache that cannot be read', async () => {
    await owner.cache.set('targets', Buffer.from('junk'));
    expect(await said(owner, 'targets/nope')).toEqual([]);
  });

  it('a delegation needs its parent and not itself', async () => {
    const from = owner.log.records.length;
    await cautionOfUnknownParent(owner, 'targets/fresh');
    expect(owner.log.records.length).toBe(from);
    await cautionOfUnknownParent(owner, 'targets/fresh/below');
    expect(owner.log.records.slice(from)).toMatchObject([{ code: 'ROLE_NOT_THERE' }]);
  });

  it('a role that was not seen is a failure when strict, and none for a program, whose copy may be old', async () => {
    const strict = { ...owner, caution: cautionFor('all', owner.log) };
    const failure = await failureOf(cautionOfUnknownRoles(strict, ['targets/nope']));
    expect([failure.code, failure.message]).toEqual([
      'ROLE_NOT_THERE',
      expect.stringContaining('nothing is staged'),
    ]);
    await cautionOfUnknownRoles({ ...owner, caution: cautionFor('for-programs', owner.log) }, [
      'targets/nope',
    ]);
  });
});
