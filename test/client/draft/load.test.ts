/** The state that a publish starts from, and what becomes of a rotation that the server has taken since. */

import { beforeEach, expect, it } from 'vitest';
import { loadInitialized, loadPublished } from '../../../src/client/draft/load.ts';
import { initialize } from '../../../src/client/initialize/initialize.ts';
import { publish } from '../../../src/client/publish/publish.ts';
import { readRotation, recordRotation } from '../../../src/client/rotation-record/rotation-record.ts';
import type { CanonicalKeyId } from '../../../src/crypto/keys/key-id.ts';
import type { Actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { freshServer } from '../../support/fresh-server.ts';
import type { MemoryServer } from '../../support/memory-server.ts';
import { refusal } from '../../support/refusal.ts';

let server: MemoryServer;
let owner: Actor;

beforeEach(() => {
  ({ server, owner } = freshServer());
});

const targetsKeys = async () => (await owner.cryptoService.list('targets')).map(({ keyId }) => keyId);

/** A rotation that was cut off after the server had taken it: the former key is still here. */
async function rotateAndStop(): Promise<CanonicalKeyId> {
  await publish(owner);
  const before = new Map(owner.keyStorage.files);
  const oldKeys = await targetsKeys();
  await team.rotate(owner, 'targets');
  await recordRotation(owner.journal, 'targets', { newKeys: await targetsKeys(), oldKeys, origin: 'made' });
  for (const [name, pem] of before) owner.keyStorage.files.set(name, pem);
  const [former] = oldKeys;
  if (former === undefined) throw new Error('there is no targets key');
  return former;
}

it('a publish ends the rotation that the server has taken, and deletes the former key', async () => {
  const former = await rotateAndStop();
  const loaded = await loadPublished(owner);
  expect(loaded).toMatchObject({ initial: false, vouchedUntil: '2026-03-15T12:00:00Z' });
  expect(await readRotation(owner.journal, 'targets')).toBeUndefined();
  expect(await targetsKeys()).not.toContain(former);
});

it('a look at the published state leaves the rotation and its keys as they are', async () => {
  const former = await rotateAndStop();
  await loadPublished(owner, { rotations: 'leave' });
  expect(await readRotation(owner.journal, 'targets')).toMatchObject({ seen: false });
  expect(await targetsKeys()).toContain(former);
});

it('the state of what is not published is what was initialized here, or nothing', async () => {
  expect(await loadPublished(owner)).toBeUndefined();
  expect(await loadInitialized(owner)).toBeUndefined();
  await initialize(owner, {});
  expect(await loadPublished(owner)).toBeUndefined();
  expect(await loadInitialized(owner)).toMatchObject({ initial: true, repo: { root: {} } });
  expect(owner.log.messages('error')).toEqual([]);
});

it('the published state that cannot be had is no absent one, which is said', async () => {
  await publish(owner);
  server.offline = true;
  await expect(loadPublished(owner)).rejects.toThrow(refusal('NETWORK'));
  expect(owner.log.messages('error')).toEqual([
    expect.stringMatching(/^Could not publish Repository since we could not update: /),
  ]);
});
