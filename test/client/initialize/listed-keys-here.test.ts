/** The private keys of this machine that the cached root lists. */

import { expect, it } from 'vitest';
import { initialize } from '../../../src/client/initialize/initialize.ts';
import { keysInWords, listedKeysHere } from '../../../src/client/initialize/listed-keys-here.ts';
import { delegationKey } from '../../support/collaborators.ts';
import { freshServer } from '../../support/fresh-server.ts';

it('the keys that a root lists are named by role, as far as they are here', async () => {
  const { owner } = freshServer();
  await initialize(owner, {});
  await delegationKey(owner);
  const keys = await listedKeysHere(owner);
  const stored = await owner.cryptoService.list();
  const idOf = (role: string) => stored.find((info) => info.role === role)?.keyId ?? '';
  expect(keys).toEqual(['root', 'targets', 'snapshot'].map((role) => ({ role, keyId: idOf(role) })));
  expect(keysInWords(keys)).toBe(
    `root key ${idOf('root')}, targets key ${idOf('targets')}, snapshot key ${idOf('snapshot')}`,
  );
  owner.keyStorage.files.delete(idOf('targets'));
  expect((await listedKeysHere(owner)).map(({ role }) => role)).toEqual(['root', 'snapshot']);
});

it('the keys that a root lists are none without a root, or with one that cannot be read; a defect stays one', async () => {
  const { owner } = freshServer();
  expect(await listedKeysHere(owner)).toEqual([]);
  owner.cache.files.set('root', Buffer.from('junk'));
  expect(await listedKeysHere(owner)).toEqual([]);
  const defect = new TypeError('a defect');
  const cache = { ...owner.cache, get: () => Promise.reject(defect) };
  await expect(listedKeysHere({ ...owner, cache })).rejects.toBe(defect);
});
