/** Revoking tags while readers do not believe targets/releases: no success is told of a tag that comes back. */

import { expect, it } from 'vitest';
import { targetCreation } from '../../../src/changelist/change.ts';
import { addSigner } from '../../../src/client/images/add-signer.ts';
import { publishToImage } from '../../../src/client/images/publish-image.ts';
import { removeSigner } from '../../../src/client/images/remove-signer.ts';
import { revokeTags } from '../../../src/client/images/revoke-tags.ts';
import { signTag } from '../../../src/client/images/sign-tag.ts';
import { readSignatures } from '../../../src/client/images/signatures.ts';
import { expiryFor } from '../../../src/metadata/expiry.ts';
import type { FileMeta } from '../../../src/metadata/file-meta.ts';
import { type Actor, actor, machine } from '../../support/actor.ts';
import { freshServer } from '../../support/fresh-server.ts';
import { days } from '../../support/memory-ports.ts';
import { failureOf } from '../../support/refusal.ts';

const image = (byte: number): FileMeta => ({
  length: 1,
  hashes: new Map([['sha256', Buffer.alloc(32, byte).toString('base64')]]),
});
const sign = (who: Parameters<typeof signTag>[0], tag: string) =>
  signTag(who, { tag, meta: image(7), signedBefore: undefined, check: () => Promise.resolve() });
const tagsOf = async (who: Actor) => (await readSignatures(who)).tags.map(({ tag }) => tag);

/** The owner is alice, and has a tag of another digest in targets as well. */
async function team() {
  const { owner, server, clock } = freshServer();
  const bob = actor(server, clock, owner.gun, machine());
  for (const [who, name] of [
    [owner, 'alice'],
    [bob, 'bob'],
  ] as const) {
    const keys = [await who.cryptoService.create(name, '')];
    await addSigner(owner, { name, keys, onCreate: () => undefined });
  }
  const alsoInTargets = (tag: string) =>
    publishToImage(owner, { changes: async () => [targetCreation('targets', tag, image(9))] });
  return { owner, bob, clock, server, alsoInTargets };
}

/** `targets/releases` with two tags has expired, and one of them is in targets, too. */
async function expired() {
  const all = await team();
  const { owner, clock, alsoInTargets } = all;
  const soon = new Date(clock.now().getTime() + days(1));
  const expiryOf = (role: Parameters<typeof expiryFor>[0], now: Date) =>
    role === 'targets/releases'
      ? expiryFor('timestamp', new Date(soon.getTime() - days(14)))
      : expiryFor(role, now);
  for (const tag of ['1', '2']) await sign({ ...owner, expiryOf }, tag);
  await alsoInTargets('1');
  clock.advance(days(2));
  return all;
}

it('a tag is revoked from an expired targets/releases as well, and does not come back with the next signature', async () => {
  const { owner, bob } = await expired();
  expect(await tagsOf(owner)).toEqual(['1']);
  expect((await revokeTags(owner, '1')).roles).toContain('targets/releases');
  await sign(bob, '3');
  expect(await tagsOf(owner)).not.toContain('1');
});

it('all tags are revoked, those of an expired targets/releases among them', async () => {
  const { owner, bob } = await expired();
  expect((await revokeTags(owner, undefined)).tags).toEqual(['1', '2']);
  await sign(bob, '3');
  expect(await tagsOf(owner)).toEqual(['3']);
});

it('a holder of the key of targets alone cannot revoke what an expired targets/releases would release again', async () => {
  const { owner } = await expired();
  for (const { keyId, role } of await owner.cryptoService.list())
    if (role === 'alice') await owner.cryptoService.remove(keyId, { role, gun: '' });
  expect(await failureOf(revokeTags(owner, '1'))).toMatchObject({
    code: 'NO_SIGNING_ROLE',
    details: { roles: ['targets/releases'] },
  });
  expect(await tagsOf(owner)).toEqual(['1']);
});

it('that a file which no reader believes has the tag still is said', async () => {
  const { owner, bob, alsoInTargets } = await team();
  await sign(bob, '1');
  await alsoInTargets('1');
  await removeSigner(owner, { name: 'bob', typed: 'demo', agree: () => Promise.resolve(true) });
  expect((await revokeTags(owner, '1')).roles).toEqual(['targets']);
  expect(owner.log.records.map(({ code }) => code)).toContain('TARGET_STILL_THERE');
  expect(await tagsOf(owner)).toEqual([]);
});
