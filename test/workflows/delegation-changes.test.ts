/** Changes of delegations that older and newer clients stage, seen through a publication. */

import { beforeEach, describe, expect, it } from 'vitest';
import { delegationChange, serialiseChange } from '../../src/changelist/change.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { listDelegations } from '../../src/client/read/list-delegations.ts';
import { removeDelegation } from '../../src/client/stage/delegations.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { memoryServer } from '../support/memory-server.ts';

let owner: Actor;
let bob: Actor;

beforeEach(async () => {
  const clock = memoryClock();
  const server = memoryServer({ clock });
  owner = actor(server, clock);
  bob = actor(server, clock);
  await publish(owner);
});

const removal = (role: string, part: Partial<Parameters<typeof removeDelegation>[1]>) =>
  removeDelegation(owner, { role, keyIds: [], paths: [], allPaths: false, whole: false, ...part });

describe('a staged change of a delegation', () => {
  let key: PublicKey;

  beforeEach(async () => {
    key = await team.delegationKey(owner);
    await team.delegate(owner, 'targets/a', [key], ['x', 'y']);
    await publish(owner);
  });

  it('a staged change of a delegation takes a path away when it is published', async () => {
    await removal('targets/a', { paths: ['x'] });
    await publish(owner);
    expect((await listDelegations(bob))[0]?.paths).toEqual(['y']);
  });

  it('a staged change of a delegation takes all paths away when it is published', async () => {
    await removal('targets/a', { allPaths: true });
    await publish(owner);
    expect((await listDelegations(bob))[0]?.paths).toEqual([]);
  });

  it('a staged change of a delegation takes a key away when it is published, and leaves the role', async () => {
    await removal('targets/a', { keyIds: [canonicalKeyId(key)] });
    await publish(owner);
    expect(await listDelegations(bob)).toEqual([
      { name: 'targets/a', paths: ['x', 'y'], keyIds: [], threshold: 1 },
    ]);
  });

  it('a staged change of a delegation may add keys and paths in one file, as older clients staged them', async () => {
    const other = generateEcdsaKey();
    const part = { threshold: 1, addKeys: [other.publicKey], addPaths: ['z'] };
    await owner.changelist.add(serialiseChange(delegationChange('create', 'targets/b', part)));
    await publish(owner);
    expect((await listDelegations(bob))[1]).toEqual({
      name: 'targets/b',
      paths: ['z'],
      keyIds: [other.keyId],
      threshold: 1,
    });
  });

  it('a staged change of a delegation may remove keys and paths in one file, as older clients staged them', async () => {
    const part = { removeKeys: [canonicalKeyId(key)], removePaths: ['x'] };
    await owner.changelist.add(serialiseChange(delegationChange('update', 'targets/a', part)));
    await publish(owner);
    expect(await listDelegations(bob)).toEqual([
      { name: 'targets/a', paths: ['y'], keyIds: [], threshold: 1 },
    ]);
  });
});
