/** A delegation that is made again while the snapshot still names the file of the removed one. */

import { beforeEach, describe, expect, it } from 'vitest';
import { delegationChange } from '../../../src/changelist/change.ts';
import { previewPublish } from '../../../src/client/preview/preview.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { type Actor, actor } from '../../support/actor.ts';
import { ForgedCollection, forgedGun } from '../../support/forged-repository.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { refusal } from '../../support/refusal.ts';

const role = 'targets/a';
let collection: ForgedCollection;
let owner: Actor;

beforeEach(async () => {
  collection = new ForgedCollection({ delegations: [role] });
  collection.editDelegation(role, () => undefined);
  collection.settle();
  collection.edit('timestamp', ['expires'], '2026-03-10T00:00:00Z');
  owner = actor(collection.server, memoryClock(), forgedGun);
  await owner.cryptoService.add(collection.oneSigner('targets').key, 'targets', owner.gun);
});

/** What is found when the role is made again, with the key that it had. */
async function findings(): Promise<readonly string[]> {
  const { entry } = collection.oneSigner(role);
  const change = delegationChange('create', role, { addKeys: [entry], addPaths: [''], threshold: 1 });
  const preview = await previewPublish(owner, { changes: [change] });
  expect(preview.changes).toContainEqual({ op: 'add', what: 'key', role, keyId: canonicalKeyId(entry) });
  return preview.findings.map(({ code }) => code);
}

describe('a role that is made again', () => {
  it('a role that is made again with its former key gets its former file back, which is said', async () => {
    expect(await findings()).toContain('ROLE_COMES_BACK');
  });

  it.each([
    ['is not there', undefined],
    ['is no JSON', 'junk'],
    ['is no metadata', '{"signed":{},"signatures":[]}'],
  ])('a role that is made again starts from nothing when its former file %s', async (_, text) => {
    if (text === undefined) collection.files.delete(role);
    else collection.files.set(role, Buffer.from(text));
    expect(await findings()).not.toContain('ROLE_COMES_BACK');
  });

  it('a role is not made again while it is not known what its former file holds', async () => {
    collection.server.statuses.set(role, 503);
    await expect(findings()).rejects.toThrow(refusal('SERVER_UNAVAILABLE'));
  });
});
