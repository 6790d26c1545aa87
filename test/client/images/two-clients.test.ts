/** Two clients at once, on the repository of one image: no success is told that readers do not see, and no key is left. */

import { expect, it } from 'vitest';
import { delegationChange } from '../../../src/changelist/change.ts';
import { addSigner } from '../../../src/client/images/add-signer.ts';
import { makeForFirstSignature } from '../../../src/client/images/first-signer.ts';
import { publishToImage } from '../../../src/client/images/publish-image.ts';
import { removeSigner } from '../../../src/client/images/remove-signer.ts';
import { lookAtTag } from '../../../src/client/images/sign-tag.ts';
import { readSignatures } from '../../../src/client/images/signatures.ts';
import { type Actor, actor, machine } from '../../support/actor.ts';
import { freshServer } from '../../support/fresh-server.ts';
import { imageTeam, signAs, strictly } from '../../support/image-team.ts';
import { failureOf } from '../../support/refusal.ts';

const remove = (who: Actor, name: string) =>
  removeSigner(who, { name, typed: 'demo', agree: () => Promise.resolve(true) });

/** The same client, with something happening around its first upload. */
function during(
  who: Actor,
  act: () => Promise<unknown>,
  when: 'just before' | 'just after' = 'just after',
): Actor {
  let done = false;
  const once = async (): Promise<void> => {
    if (done) return;
    done = true;
    await act();
  };
  const publish: Actor['remote']['publish'] = async (files) => {
    if (when === 'just before') await once();
    await who.remote.publish(files);
    await once();
  };
  return { ...who, remote: { ...who.remote, publish } };
}

const codesOf = (who: Actor) => who.log.records.flatMap(({ code }) => code ?? []);
const rolesOf = async (who: Actor) => (await who.cryptoService.list()).map(({ role }) => role).sort();

it('a signature of one who is removed at the same moment is no success', async () => {
  const { owner, bob } = await imageTeam();
  const signing = signAs(
    during(bob, () => remove(owner, 'bob')),
    '1',
  );
  expect(await failureOf(signing)).toMatchObject({
    code: 'ROLE_NEEDS_WITNESS',
    details: { role: 'targets/releases', published: 'yes' },
  });
  expect((await readSignatures(owner)).tags).toEqual([]);
});

it('of two who make the repository of an image, the second is told so, and keeps only keys that other repositories may have', async () => {
  const { owner, server, clock } = freshServer();
  const other = actor(server, clock, owner.gun, machine());
  const first = during(owner, () => makeForFirstSignature(other, 'eve'), 'just before');
  const { code, message } = await failureOf(makeForFirstSignature(first, 'alice'));
  expect([code, message]).toEqual([
    'INVALID_OPERATION',
    expect.stringContaining('another client has just made'),
  ]);
  expect(await rolesOf(owner)).toEqual(['alice', 'root']);
  expect(codesOf(owner).filter((code) => code === 'KEY_KEPT')).toHaveLength(2);
  expect((await readSignatures(other)).signers.map(({ name }) => name)).toEqual(['eve']);
});

it('who adds the first signer at the same moment as another keeps no key of the repository, either', async () => {
  const { owner, server, clock } = freshServer();
  const other = actor(server, clock, owner.gun, machine());
  const keys = [await owner.cryptoService.create('alice', '')];
  const first = during(owner, () => makeForFirstSignature(other, 'eve'), 'just before');
  await expect(addSigner(first, { name: 'alice', keys, onCreate: () => undefined })).rejects.toThrow();
  expect(await rolesOf(owner)).toEqual(['alice', 'root']);
});

it('a signature that releases nothing says so, and is none when strict', async () => {
  const { owner, bob } = await imageTeam();
  await publishToImage(owner, {
    changes: async () => [
      delegationChange('update', 'targets/releases', { addPaths: ['v'], removePaths: [''] }),
    ],
  });
  expect(await failureOf(signAs(strictly(bob), '1'))).toMatchObject({ code: 'TARGETS_HIDDEN' });
  expect((await lookAtTag(owner, '1')).signed).toBeUndefined();
  expect(await signAs(bob, '1')).toEqual(['targets/bob']);
  expect(codesOf(bob)).toContain('TARGETS_HIDDEN');
  expect((await readSignatures(owner)).tags).toEqual([]);
  expect(await signAs(owner, 'v1')).toEqual(['targets/alice', 'targets/releases']);
  expect(codesOf(owner)).not.toContain('TARGETS_HIDDEN');
});
