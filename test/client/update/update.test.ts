/** Steps of an update that end it, and those that do not. */

import { beforeEach, expect, it } from 'vitest';
import { update } from '../../../src/client/update/update.ts';
import { type Actor, actor } from '../../support/actor.ts';
import { ForgedCollection, forgedGun } from '../../support/forged-repository.ts';
import { memoryClock } from '../../support/memory-ports.ts';

const roles = ['targets/a', 'targets/a/x'];
let collection: ForgedCollection;
let reader: Actor;

beforeEach(async () => {
  collection = new ForgedCollection({ delegations: roles });
  reader = actor(collection.server, memoryClock(), forgedGun);
  await update(reader);
});

it('an update ends with a defect, which asks for no other root', async () => {
  collection.raise();
  const defect = new TypeError('a defect');
  const failures: Error[] = [defect];
  const set = async (role: string, bytes: Uint8Array) => {
    const failure = failures.pop();
    if (failure !== undefined) throw failure;
    return reader.cache.set(role, bytes);
  };
  collection.server.asked.length = 0;
  await expect(update({ ...reader, cache: { ...reader.cache, set } })).rejects.toBe(defect);
  expect(collection.server.asked).toEqual(['timestamp']);
});

it('an update drops what is below a delegation that targets do not list any more', async () => {
  collection.editDelegation('targets/a', () => undefined);
  collection.next('targets');
  for (const role of roles) {
    collection.contents.delete(role);
    collection.files.delete(role);
  }
  collection.settle();
  expect([...(await update(reader)).targets.keys()]).toEqual(['targets']);
  expect([...reader.cache.files.keys()].filter((role) => role.includes('/'))).toEqual([]);
});
