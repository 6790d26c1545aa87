/** Adding and removing signers of an image: one publication, nothing left of a failed one, nothing of others touched. */

import { expect, it } from 'vitest';
import { addSigner } from '../../../src/client/images/add-signer.ts';
import { removeSigner } from '../../../src/client/images/remove-signer.ts';
import { readSignatures } from '../../../src/client/images/signatures.ts';
import { generateEcdsaKey } from '../../../src/crypto/keys/private-key.ts';
import type { Actor } from '../../support/actor.ts';
import { freshServer } from '../../support/fresh-server.ts';

const made: string[] = [];
const add = (who: Actor, name: string, ...keys: readonly ReturnType<typeof generateEcdsaKey>[]) =>
  addSigner(who, {
    name,
    keys: keys.map(({ publicKey }) => publicKey),
    onCreate: () => made.push(who.gun),
    worded: (error) => error,
  });

it('the first signer of an image makes its repository, in one upload, with the snapshot key on the server', async () => {
  const { owner, server } = freshServer();
  const alice = generateEcdsaKey();
  expect(await add(owner, 'alice', alice)).toEqual({ created: true });
  expect(server.requests.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual([
    '/v2/docker.io/alice/demo/_trust/tuf/',
  ]);
  expect((await owner.cryptoService.list()).map(({ role }) => role).sort()).toEqual(['root', 'targets']);
  const { signers } = await readSignatures(owner);
  expect(signers).toEqual([{ name: 'alice', keyIds: [alice.keyId] }]);
  expect(await removeSigner(owner, { name: 'alice', typed: 'demo', agree: async () => false })).toEqual({
    keyIds: [alice.keyId],
    lost: [],
  });
});
