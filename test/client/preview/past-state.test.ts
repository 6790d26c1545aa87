/** Comparing states by name: what is published, staged, and what was there with an earlier version of `targets`. */

import { beforeEach, describe, expect, it } from 'vitest';
import { compareStates } from '../../../src/client/preview/named-states.ts';
import { publish } from '../../../src/client/publish/publish.ts';
import { removeDelegation } from '../../../src/client/stage/delegations.ts';
import { generateEcdsaKey } from '../../../src/crypto/keys/private-key.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { reversed } from '../../../src/review/compare.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../../support/memory-server.ts';

const role = 'targets/a';
let server: MemoryServer;
let owner: Actor;
let key: Awaited<ReturnType<typeof team.delegationKey>>;
const at = (targetsVersion: number) => ({ targetsVersion });

/** `targets` 2: nothing; 3: the role, and v1 in it later; 4: v2 in targets. */
beforeEach(async () => {
  const clock = memoryClock();
  server = memoryServer({ clock });
  owner = actor(server, clock);
  await publish(owner);
  key = await team.delegationKey(owner);
  await team.delegate(owner, role, [key]);
  await publish(owner);
  await team.publishTarget(owner, 'v1', role);
  await team.publishTarget(owner, 'v2');
});

describe('a comparison of states by name', () => {
  it('an earlier version of targets brings the last files of delegations that were published with it', async () => {
    const { changes, findings } = await compareStates(owner, { from: at(3), to: 'published' }, false);
    expect(changes).toMatchObject([{ op: 'add', what: 'target', role: 'targets', target: 'v2' }]);
    expect(findings).toEqual([]);
    const first = await compareStates(owner, { from: at(2), to: 'published' }, false);
    expect(first.changes).toMatchObject([
      { op: 'add', what: 'target', role: 'targets', target: 'v2' },
      { op: 'add', what: 'role', role },
      { op: 'add', what: 'key', role, keyId: canonicalKeyId(key) },
      { op: 'add', what: 'path', role },
      { op: 'add', what: 'target', role, target: 'v1' },
    ]);
    const back = await compareStates(owner, { from: 'published', to: at(2) }, false);
    expect(back.changes).toEqual(reversed(first.changes));
  });

  it('the published version is what is published, and a state does not differ from itself', async () => {
    for (const state of ['published', 'staged', at(4), at(2)] as const)
      expect(await compareStates(owner, { from: state, to: state }, false)).toMatchObject({
        ...{ changes: [], findings: [] },
      });
    expect((await compareStates(owner, { from: at(4), to: 'published' }, false)).changes).toEqual([]);
  });

  it('what is staged compares with what is published in both directions', async () => {
    await team.stageTarget(owner, 'v3');
    const there = await compareStates(owner, { from: 'published', to: 'staged' }, false);
    expect(there.changes).toMatchObject([{ op: 'add', target: 'v3' }]);
    const back = await compareStates(owner, { from: 'staged', to: 'published' }, false);
    expect(back.changes).toEqual(reversed(there.changes));
  });

  it('a version from before a rotation of the targets key and of the snapshot key is known by the earlier root', async () => {
    await team.rotate(owner, 'targets');
    await team.shareSnapshot(owner);
    await team.publishTarget(owner, 'v3');
    const { changes } = await compareStates(owner, { from: at(3), to: 'published' }, false);
    const keys = changes.filter(({ what }) => what === 'key').map(({ op, role: of }) => `${op} ${of}`);
    expect(keys.sort()).toEqual(['add snapshot', 'add targets', 'remove snapshot', 'remove targets']);
  });

  it('a role that readers did not believe then holds nothing for them', async () => {
    await team.delegate(owner, role, [generateEcdsaKey().publicKey]);
    await removeDelegation(owner, {
      ...{ role, keyIds: [canonicalKeyId(key)] },
      ...{ paths: [], allPaths: false, whole: false },
    });
    await publish(owner);
    await team.publishTarget(owner, 'v3');
    const { before } = await compareStates(owner, { from: at(5), to: 'published' }, false);
    expect(before.roles.get(role)?.file?.standing).toBe('untrusted');
  });

  it.each([
    ['is not there yet', 9, () => undefined],
    ['is not served', 3, () => withheld('3.targets')],
    ['no snapshot names', 3, () => withheld('.snapshot')],
    ['another key has signed', 3, () => forged()],
  ])('a version that %s is refused', async (_, version, spoil) => {
    const reading: Actor = { ...owner, ...spoil() };
    await expect(compareStates(reading, { from: at(version), to: 'published' }, false)).rejects.toMatchObject(
      { code: 'METADATA_NOT_FOUND', details: { version } },
    );
  });
});

function withheld(ending: string): Pick<Actor, 'remote'> {
  const get: Actor['remote']['get'] = (resource, limit) =>
    owner.remote.get(/^\d/.test(resource) && resource.endsWith(ending) ? 'absent' : resource, limit);
  return { remote: { ...owner.remote, get } };
}

/** The signatures of version 2 on version 3. */
function forged(): Pick<Actor, 'remote'> {
  const get: Actor['remote']['get'] = async (resource, limit) => {
    const bytes = await owner.remote.get(resource, limit);
    if (resource !== '3.targets') return bytes;
    const [file, other] = [bytes, await owner.remote.get('2.targets', limit)].map(
      (text) => JSON.parse(Buffer.from(text).toString()) as { signed: unknown; signatures: unknown },
    );
    return Buffer.from(JSON.stringify({ signed: file?.signed, signatures: other?.signatures }));
  };
  return { remote: { ...owner.remote, get } };
}
