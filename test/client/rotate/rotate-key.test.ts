/** What the record of a rotation says once its upload may have reached the server. */

import { beforeEach, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import { readRotation } from '../../../src/client/rotation-record/rotation-record.ts';
import { generateEcdsaKey } from '../../../src/crypto/keys/private-key.ts';
import { NotaryError } from '../../../src/errors.ts';
import type { Actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { freshServer } from '../../support/fresh-server.ts';
import { epoch } from '../../support/memory-ports.ts';

let owner: Actor;

beforeEach(async () => {
  ({ owner } = freshServer());
  await publish(owner);
});

/** The record of a rotation whose upload gets no answer. */
async function recordOf(role: string, rotation: Parameters<typeof team.rotate>[2]) {
  const cut = async () => Promise.reject(new NotaryError('NETWORK', 'reset'));
  const unanswered = { ...owner, remote: { ...owner.remote, publish: cut } };
  await expect(team.rotate(unanswered, role, rotation)).rejects.toMatchObject({
    ...{ code: 'NETWORK', details: { gun: owner.gun, role } },
    hint: expect.stringContaining('the same command goes on where this one stopped') as string,
  });
  return readRotation(owner.journal, role);
}

const listed = async (role: string) => (await owner.cryptoService.list(role)).map(({ keyId }) => keyId);

it('the record of a rotation to a brought key says so, whether the key is named or handed in', async () => {
  const [former] = await listed('targets');
  const key = generateEcdsaKey();
  const brought = { origin: 'brought', newKeys: [key.keyId], oldKeys: [former], at: epoch };
  expect(await recordOf('targets', { broughtKeys: [key] })).toMatchObject(brought);
  await owner.journal.remove('targets');
  expect(await recordOf('targets', { newKeyIds: [key.keyId] })).toMatchObject(brought);
});

it('the record of a rotation to a key that is made says so, with that key', async () => {
  const [former] = await listed('targets');
  const record = await recordOf('targets', {});
  expect(record).toMatchObject({ origin: 'made', oldKeys: [former] });
  expect((await listed('targets')).sort()).toEqual([former, ...(record?.newKeys ?? [])].sort());
});

it('the record of a rotation to a key of the server says so', async () => {
  const [former] = await listed('snapshot');
  const record = await recordOf('snapshot', { serverManaged: true });
  expect(record).toMatchObject({ origin: 'server', oldKeys: [former] });
  expect(await listed('snapshot')).toEqual([former]);
});

const failing = (error: Error) => ({
  ...owner,
  journal: { ...owner.journal, remove: () => Promise.reject(error) },
});

it('the record of a rotation that cannot be removed is named as what is left to do', async () => {
  const unwritable = new NotaryError('FILE_UNWRITABLE', 'read-only');
  await expect(team.rotate(failing(unwritable), 'targets')).rejects.toMatchObject({
    ...{ code: 'FILE_UNWRITABLE', details: { gun: owner.gun, role: 'targets', published: 'yes' } },
    hint: expect.stringMatching(/^The server has the new targets key; /) as string,
  });
});

it('the record of a rotation that a defect keeps from being removed is not spoken of', async () => {
  const defect = new TypeError('a defect');
  await expect(team.rotate(failing(defect), 'targets')).rejects.toBe(defect);
});
