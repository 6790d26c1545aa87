/** Adding and removing signers of an image: one publication, nothing left of a failed one, nothing of others touched. */

import { expect, it } from 'vitest';
import { delegationChange, targetCreation } from '../../../src/changelist/change.ts';
import { addSigner } from '../../../src/client/images/add-signer.ts';
import { publishToImage } from '../../../src/client/images/publish-image.ts';
import { removeSigner } from '../../../src/client/images/remove-signer.ts';
import { readSignatures } from '../../../src/client/images/signatures.ts';
import { addDelegation } from '../../../src/client/stage/delegations.ts';
import { keyId } from '../../../src/crypto/keys/public-key.ts';
import { NotaryError } from '../../../src/errors.ts';
import type { CryptoService } from '../../../src/keys/crypto-service.ts';
import { type Actor, actor, machine } from '../../support/actor.ts';
import { freshServer } from '../../support/fresh-server.ts';
import { imageMeta, imageTeam, putTag, signAs } from '../../support/image-team.ts';
import { failureOf } from '../../support/refusal.ts';

const add = (who: Actor, name: string, ...keys: Awaited<ReturnType<CryptoService['create']>>[]) =>
  addSigner(who, { name, keys, onCreate: () => undefined });
const remove = (who: Actor, name: string, answer = true) =>
  removeSigner(who, { name, typed: 'demo', agree: async () => answer });
/** Signs a tag into a role and into the released ones. */
const sign = (who: Actor, name: string, tag: string) =>
  putTag(who, [`targets/${name}`, 'targets/releases'], tag);

const roles = async (who: Actor) => (await who.cryptoService.list()).map(({ role }) => role).sort();
const tagsOf = async (who: Actor) => (await readSignatures(who)).tags.map(({ tag }) => tag);

it('the first signer of an image makes its repository, in one upload, with the snapshot key on the server', async () => {
  const { owner, server } = freshServer();
  const alices = await owner.cryptoService.create('alice', '');
  expect((await add(owner, 'alice', alices)).created).toBe(true);
  expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  expect(await roles(owner)).toEqual(['alice', 'root', 'targets']);
  expect((await readSignatures(owner)).signers.map(({ name }) => name)).toEqual(['alice']);
});

it('a refused first upload leaves no key of the repository but the root key, and a failed look none at all', async () => {
  const { owner, server } = freshServer();
  const alices = await owner.cryptoService.create('alice', '');
  server.override({ method: 'POST', path: '_trust/tuf', status: 401 });
  expect(await failureOf(add(owner, 'alice', alices))).toMatchObject({ code: 'UNAUTHORIZED' });
  expect(await roles(owner)).toEqual(['alice', 'root']);
  expect(owner.log.records.map(({ code }) => code)).toContain('KEY_KEPT');
  server.clearOverrides();
  const stranger = freshServer();
  stranger.server.override({ path: 'snapshot.key', status: 500 });
  await expect(add(stranger.owner, 'alice', alices)).rejects.toThrow();
  expect(await roles(stranger.owner)).toEqual([]);
  expect(stranger.owner.cache.files.size).toBe(0);
});

it('staged changes are neither published nor lost, whether a signer is added or the addition fails', async () => {
  const { owner, server, bobs } = await imageTeam();
  await addDelegation(owner, { role: 'targets/staged', keys: [bobs], paths: [''] });
  const staged = [...owner.changelist.changes.keys()];
  expect(staged.length).toBeGreaterThan(0);
  await add(owner, 'carol', bobs);
  server.override({ method: 'POST', path: '_trust/tuf', status: 401 });
  await expect(add(owner, 'dave', bobs)).rejects.toThrow();
  server.clearOverrides();
  expect([...owner.changelist.changes.keys()]).toEqual(staged);
  await remove(owner, 'carol');
  expect([...owner.changelist.changes.keys()]).toEqual(staged);
  expect((await readSignatures(owner)).signers.map(({ name }) => name)).toEqual(['alice', 'bob']);
});

it('a removed signer can sign no released tag, and those who stay are not touched', async () => {
  const { owner, bob, bobs } = await imageTeam();
  await sign(owner, 'alice', '1');
  expect(await remove(owner, 'bob', false)).toEqual({ keyIds: [expect.any(String)], lost: [] });
  expect(await tagsOf(bob)).toEqual(['1']);
  await expect(sign(bob, 'bob', '2')).rejects.toThrow();
  expect((await readSignatures(owner)).signers.map(({ name }) => name)).toEqual(['alice']);
  await add(owner, 'bob', bobs);
  await sign(bob, 'bob', '2');
  expect(await tagsOf(owner)).toEqual(['1', '2']);
});

it('the signer who has signed last is removed only when that is agreed to, and the lost tags are named', async () => {
  const { owner, bob } = await imageTeam();
  await sign(owner, 'alice', '1');
  await sign(bob, 'bob', '2');
  expect(await remove(owner, 'bob', false)).toBeUndefined();
  expect(await tagsOf(owner)).toEqual(['1', '2']);
  expect((await remove(owner, 'bob'))?.lost).toEqual(['1', '2']);
  expect(await tagsOf(owner)).toEqual([]);
  const warnings = owner.log.records.filter(({ code }) => code === 'TAGS_WOULD_VANISH');
  expect(warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining(
      `1, 2; another signer signs each of them again: tsnotary trust sign --from-registry ${owner.gun}:1`,
    ),
  ]);
  expect(await signAs(owner, '3')).toEqual(['targets/alice', 'targets/releases']);
  expect(await tagsOf(bob)).toEqual(['3']);
  expect(await tagsOf(owner)).toEqual(['3']);
});

it('who has no key that may sign is told who may, and how the owner adds another', async () => {
  const { owner, server, clock } = await imageTeam();
  const carol = actor(server, clock, owner.gun, machine());
  expect(await failureOf(signAs(carol, '1'))).toMatchObject({
    code: 'NO_SIGNING_ROLE',
    hint: `No key of a role that may sign 1 is here. Who may sign: tsnotary trust inspect --pretty ${owner.gun}. The owner lets others sign: tsnotary trust signer add --key NAME.pub NAME ${owner.gun}`,
  });
});

it('keys that another signer has as well stay in targets/releases, and nothing has to be asked', async () => {
  const { owner, bob, bobs } = await imageTeam();
  await add(owner, 'robot', bobs);
  await sign(bob, 'bob', '1');
  expect(await remove(owner, 'robot', false)).toEqual({ keyIds: [], lost: [] });
  expect(await tagsOf(owner)).toEqual(['1']);
  await sign(bob, 'bob', '2');
  expect(await tagsOf(owner)).toEqual(['1', '2']);
});

it('a signer keeps no right to sign released tags by naming the own key in a delegation further down', async () => {
  const { owner, bob, bobs } = await imageTeam();
  const below = { threshold: 1, addKeys: [bobs], addPaths: [''] };
  await publishToImage(bob, { changes: async () => [delegationChange('create', 'targets/bob/me', below)] });
  expect(await remove(owner, 'bob')).toEqual({ keyIds: [keyId(bobs)], lost: [] });
  const released = publishToImage(bob, {
    changes: async () => [targetCreation('targets/releases', 'evil', imageMeta(7))],
  });
  expect((await failureOf(released)).message).toMatch(/^could not find necessary signing keys/);
  expect(await tagsOf(owner)).toEqual([]);
});

it('that a signer opens all tags to a role which had only some is said, and nothing is sent when strict', async () => {
  const { owner, alices } = await imageTeam();
  const onlyReleases = delegationChange('update', 'targets/releases', { addPaths: ['v'], removePaths: [''] });
  await publishToImage(owner, { changes: async () => [onlyReleases] });
  const caution: Actor['caution'] = (code, message) => {
    throw new NotaryError(code, message);
  };
  expect(await failureOf(add({ ...owner, caution }, 'carol', alices))).toMatchObject({
    code: 'PATHS_SHARED',
    message: expect.stringMatching(/targets\/releases .* its paths were: "v"$/) as string,
  });
  expect((await readSignatures(owner)).signers.map(({ name }) => name)).not.toContain('carol');
  await add(owner, 'carol', alices);
  await add(owner, 'dave', alices);
  expect(owner.log.records.filter(({ code }) => code === 'PATHS_SHARED')).toHaveLength(1);
});

it('a signer that is not there is named, and nothing is sent', async () => {
  const { owner, server } = await imageTeam();
  server.forget();
  expect(await failureOf(remove(owner, 'nobody'))).toMatchObject({
    code: 'NO_SUCH_ROLE',
    message: 'no signer nobody for repository demo',
  });
  expect(server.requests.every(({ method }) => method === 'GET')).toBe(true);
});

it('who does not hold the key of the repository adds and removes nobody', async () => {
  const { owner, bob, bobs } = await imageTeam();
  for (const attempt of [() => add(bob, 'eve', bobs), () => remove(bob, 'alice')])
    expect((await failureOf(attempt())).message).toMatch(/^could not find necessary signing keys/);
  expect((await readSignatures(owner)).signers.map(({ name }) => name)).toEqual(['alice', 'bob']);
});

it('a question that comes up only just before the upload, and fails, is no removal without a word', async () => {
  const { owner, bob } = await imageTeam();
  await signAs(owner, '1');
  // Bob becomes the one who has signed last after the first look.
  const late: Actor = {
    ...owner,
    lock: { hold: (work) => signAs(bob, '2').then(() => owner.lock.hold(work)) },
  };
  const agree = () => Promise.reject(new NotaryError('ABORTED', 'not answered'));
  const removal = removeSigner(late, { name: 'bob', typed: 'demo', agree });
  expect(await failureOf(removal)).toMatchObject({ code: 'ABORTED' });
  expect((await readSignatures(owner)).signers.map(({ name }) => name)).toContain('bob');
});
