/** The requests that an update sends before the first answer arrives. */

import { expect, it } from 'vitest';
import { update } from '../../../src/client/update/update.ts';
import { startUpdate } from '../../../src/client/update/update-run.ts';
import { actor } from '../../support/actor.ts';
import { ForgedCollection, forgedGun } from '../../support/forged-repository.ts';
import { memoryClock } from '../../support/memory-ports.ts';

const collection = new ForgedCollection();
const { server } = collection;
const reader = actor(server, memoryClock(), forgedGun);

/** What a reader has asked for when the update has begun. */
async function askedFirst(checkExists: boolean): Promise<readonly string[]> {
  server.asked.length = 0;
  await startUpdate(reader, { checkExists });
  return [...server.asked];
}

it('a reader with an empty cache requests the root, the snapshot and the targets together with the timestamp', async () => {
  reader.cache.files.clear();
  expect(await askedFirst(false)).toEqual(['timestamp', 'root', 'snapshot', 'targets']);
});

it('a reader with a cached root requests the timestamp, and the root as well to see whether the repository exists', async () => {
  await update(reader);
  expect(await askedFirst(false)).toEqual(['timestamp']);
  expect(await askedFirst(true)).toEqual(['timestamp', 'root']);
});

it('a reader with an empty cache requests each of these files once', async () => {
  reader.cache.files.clear();
  server.asked.length = 0;
  await update(reader);
  expect([...server.asked].sort()).toEqual(['root', 'snapshot', 'targets', 'timestamp']);
});

it('the timestamp that was requested at the start is handed out once, and requested anew after that', async () => {
  server.asked.length = 0;
  const run = await startUpdate(reader, {});
  const first = await run.downloadTimestamp();
  expect(first).toEqual(collection.files.get('timestamp'));
  expect(server.asked).toEqual(['timestamp']);
  collection.settleTimestamp();
  const second = await run.downloadTimestamp();
  expect(second).toEqual(collection.files.get('timestamp'));
  expect(second).not.toEqual(first);
});
