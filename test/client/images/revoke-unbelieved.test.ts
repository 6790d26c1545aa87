/** Revoking tags while readers do not believe targets/releases: no success is told of a tag that comes back. */

import { expect, it } from 'vitest';
import { removeSigner } from '../../../src/client/images/remove-signer.ts';
import { revokeTags } from '../../../src/client/images/revoke-tags.ts';
import { readSignatures } from '../../../src/client/images/signatures.ts';
import { expiryFor } from '../../../src/metadata/expiry.ts';
import type { Actor } from '../../support/actor.ts';
import { imageMeta, imageTeam, putTag, signAs } from '../../support/image-team.ts';
import { days } from '../../support/memory-ports.ts';
import { failureOf } from '../../support/refusal.ts';

const tagsOf = async (who: Actor) => (await readSignatures(who)).tags.map(({ tag }) => tag);

/** The owner has a tag of another digest in targets as well. */
const alsoInTargets = (owner: Actor, tag: string) => putTag(owner, ['targets'], tag, imageMeta(9));

/** `targets/releases` with two tags has expired, and one of them is in targets, too. */
async function expired() {
  const all = await imageTeam();
  const { owner, clock } = all;
  const soon = new Date(clock.now().getTime() + days(1));
  const expiryOf = (role: Parameters<typeof expiryFor>[0], now: Date) =>
    role === 'targets/releases'
      ? expiryFor('timestamp', new Date(soon.getTime() - days(14)))
      : expiryFor(role, now);
  for (const tag of ['1', '2']) await signAs({ ...owner, expiryOf }, tag);
  await alsoInTargets(owner, '1');
  clock.advance(days(2));
  return all;
}

it('a tag is revoked from an expired targets/releases as well, and does not come back with the next signature', async () => {
  const { owner, bob } = await expired();
  expect(await tagsOf(owner)).toEqual(['1']);
  expect((await revokeTags(owner, '1')).roles).toContain('targets/releases');
  await signAs(bob, '3');
  expect(await tagsOf(owner)).not.toContain('1');
});

it('all tags are revoked, those of an expired targets/releases among them', async () => {
  const { owner, bob } = await expired();
  expect((await revokeTags(owner, undefined)).tags).toEqual(['1', '2']);
  await signAs(bob, '3');
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

it('the signer who has signed an expired targets/releases last is removed only when that is agreed to', async () => {
  const { owner, bob } = await expired();
  let asked = 0;
  const remove = (name: string, answer: boolean) =>
    removeSigner(owner, { name, typed: 'demo', agree: async () => (asked++, answer) });
  expect(await remove('alice', false)).toBeUndefined();
  expect(asked).toBe(1);
  expect((await remove('alice', true))?.lost).toEqual(['1', '2']);
  const warnings = owner.log.records.filter(({ code }) => code === 'TAGS_WOULD_VANISH');
  expect(warnings.map(({ message }) => message).join()).toContain(
    '2 tags of demo are not released again when targets/releases, which has expired, is renewed',
  );
  await signAs(bob, '3');
  expect((await tagsOf(owner)).sort()).toEqual(['1', '3']);
});

it('a signer who has not signed an expired targets/releases is removed without a question', async () => {
  const { owner } = await expired();
  const agree = () => Promise.reject(new Error('a question'));
  expect(await removeSigner(owner, { name: 'bob', typed: 'demo', agree })).toMatchObject({ lost: [] });
});

it('that a file which no reader believes has the tag still is said', async () => {
  const { owner, bob } = await imageTeam();
  await signAs(bob, '1');
  await alsoInTargets(owner, '1');
  await removeSigner(owner, { name: 'bob', typed: 'demo', agree: () => Promise.resolve(true) });
  expect((await revokeTags(owner, '1')).roles).toEqual(['targets']);
  expect(owner.log.records.map(({ code }) => code)).toContain('TARGET_STILL_THERE');
  expect(await tagsOf(owner)).toEqual([]);
});
