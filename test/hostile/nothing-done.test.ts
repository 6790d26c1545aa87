/** Commands that succeed without doing what their words say: what they tell, and that they fail when strict. */

import { beforeEach, describe, expect, it } from 'vitest';
import { deleteTrustData } from '../../src/client/delete/delete-trust-data.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { addTarget } from '../../src/client/stage/add-target.ts';
import { purgeDelegations, removeDelegation } from '../../src/client/stage/delegations.ts';
import { removeTarget } from '../../src/client/stage/remove-target.ts';
import { resetChanges } from '../../src/client/stage/reset-changes.ts';
import { stageWitness } from '../../src/client/stage/witness.ts';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { type ErrorDetails, NotaryError } from '../../src/errors.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';
import { days, type MemoryClock } from '../support/memory-ports.ts';
import type { MemoryServer } from '../support/memory-server.ts';

const refuse = (
  code: ErrorCode,
  warning: string,
  details: ErrorDetails = {},
  refusal: string = warning,
): void => {
  throw new NotaryError(code, refusal, { details });
};

let server: MemoryServer;
let clock: MemoryClock;
let owner: Actor;
let key: PublicKey;

beforeEach(async () => {
  ({ server, owner, clock } = freshServer());
  key = await team.delegationKey(owner);
  await team.delegate(owner, 'targets/qa', [key], ['qa/', 'test/']);
  await team.delegate(owner, 'targets/releases', [key]);
  for (const name of ['qa/1', 'qa/2', 'test/1']) await team.stageTarget(owner, name, 'targets/qa');
  await team.publishTarget(owner, 'v1');
});

const removal = (role: string, part: Partial<Parameters<typeof removeDelegation>[1]>) =>
  removeDelegation(owner, {
    role,
    keyIds: [],
    paths: [],
    allPaths: false,
    whole: false,
    ...part,
  });

const stageOther = (name: string, role: string, content: string) =>
  addTarget(owner, {
    name,
    meta: fileMetaOf(Buffer.from(content)),
    roles: [role],
  });

const warnings = (from: number) =>
  owner.log.records.slice(from).flatMap(({ code, message }) => (code === undefined ? [] : [[code, message]]));

/** Publishing what is staged: refused when strict, before anything is sent; else done, with these warnings. */
async function expectSaid(...said: readonly (readonly [ErrorCode, RegExp])[]): Promise<void> {
  server.forget();
  await expect(publish({ ...owner, caution: refuse })).rejects.toMatchObject({
    code: said[0]?.[0],
  });
  expect(server.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  expect(owner.changelist.changes.size).toBeGreaterThan(0);
  const from = owner.log.records.length;
  await publish(owner);
  const warned = warnings(from).filter(([code]) => code !== 'PUBLISH_TRIES');
  expect(warned).toEqual(said.map(([code, message]) => [code, expect.stringMatching(message) as string]));
}

async function expectNothingSaid(): Promise<void> {
  await publish({ ...owner, caution: refuse });
}

describe('G35 removing what a delegation does not have', () => {
  it('removing what a delegation does not have names a role that is not there', async () => {
    await removal('targets/absent', { whole: true });
    await expectSaid(['ROLE_NOT_THERE', /^targets\/absent was not removed, since targets does not list it$/]);
  });

  it('removing what a delegation does not have names a role that an earlier change has removed', async () => {
    await removal('targets/qa', { whole: true });
    await removal('targets/qa', { whole: true });
    await expectSaid(['ROLE_NOT_THERE', /targets\/qa/]);
  });

  it('removing what a delegation does not have names a path that the role does not have, and those that it has', async () => {
    await removal('targets/qa', { paths: ['qa', 'test/'] });
    await expectSaid(
      ['PATH_NOT_IN_ROLE', /^targets\/qa has the paths "qa\/", "test\/", so "qa" was not removed from it$/],
      ['TARGETS_HIDDEN', /1 target in it any more: "test\/1"$/],
    );
  });

  it('removing all paths of a delegation without paths is reported', async () => {
    await team.delegate(owner, 'targets/none', [key], []);
    await publish(owner);
    await removal('targets/none', { allPaths: true });
    await expectSaid(['PATH_NOT_IN_ROLE', /^targets\/none has no paths/]);
  });

  it('removing what a delegation does not have stages nothing when no path is named, and says so', async () => {
    const from = owner.log.records.length;
    await removal('targets/qa', { paths: [] });
    expect(warnings(from)).toMatchObject([['NOTHING_STAGED', {}]]);
    expect(owner.changelist.changes.size).toBe(0);
  });

  it('removing what a delegation does not have names the role that is a letter or two away', async () => {
    await removal('targets/relaeses', { whole: true });
    await expectSaid(['ROLE_NOT_THERE', /does not list it; did you mean "targets\/releases"\?$/]);
  });

  it('removing what a delegation does not have is refused in words that claim nothing was done', async () => {
    await removal('targets/absent', { whole: true });
    await expect(publish({ ...owner, caution: refuse })).rejects.toThrow(
      'targets does not list targets/absent; nothing was published',
    );
  });

  it('removing what a delegation has says nothing', async () => {
    await removal('targets/releases', { whole: true });
    await expectNothingSaid();
  });
});

describe('G35 a delegation that loses its paths', () => {
  it('a delegation that loses its paths is named with the targets that count no more', async () => {
    await removal('targets/qa', { allPaths: true });
    await expectSaid([
      'DELEGATION_SIGNS_NOTHING',
      /targets\/qa has no paths.*3 targets, "qa\/1", "qa\/2", "test\/1"$/,
    ]);
  });

  it('a delegation that loses its paths is named when only some of its targets are left out', async () => {
    await removal('targets/qa', { paths: ['qa/'] });
    await expectSaid(['TARGETS_HIDDEN', /2 targets in it any more: "qa\/1", "qa\/2"$/]);
  });

  it('a delegation that loses its paths is named when it is the parent that loses them', async () => {
    await team.delegate(owner, 'targets/qa/deep', [key], ['test/deep/']);
    await team.publishTarget(owner, 'test/deep/1', 'targets/qa/deep');
    await removal('targets/qa', { paths: ['test/'] });
    await expectSaid(
      ['TARGETS_HIDDEN', /targets\/qa do not cover 1 target/],
      [
        'DELEGATION_SIGNS_NOTHING',
        /^none of the paths of targets\/qa\/deep lies within those of targets\/qa any more.*"test\/deep\/1"$/,
      ],
    );
  });

  it('a delegation that loses its paths is not named when others cover what it has signed', async () => {
    await team.delegate(owner, 'targets/qa', [], ['']);
    await publish(owner);
    await removal('targets/qa', { paths: ['qa/', 'test/'] });
    await expectNothingSaid();
  });
});

describe('G35 a name that several roles list', () => {
  it('a name that several roles list is warned about when readers go on to find the content of a role above', async () => {
    await stageOther('v1', 'targets/releases', 'other');
    await expectSaid([
      'TARGET_SHADOWED',
      /^targets lists other content than targets\/releases for 1 target.*"v1"; "list"/,
    ]);
    expect(await team.listing(owner)).toContain('v1: targets');
  });

  it('a name that several roles list is warned about for those whose docker asks targets/releases first', async () => {
    await team.publishTarget(owner, 'v2', 'targets/releases');
    await stageOther('v2', 'targets', 'other');
    await expectSaid(['TARGET_SHADOWED', /^targets\/releases lists other content than targets .*docker/]);
  });

  it('a name that several roles list is no matter when the content is the same', async () => {
    await team.stageTarget(owner, 'v1', 'targets/releases');
    await expectNothingSaid();
  });

  it('a name that several roles list is no matter when both are changed', async () => {
    await stageOther('v1', 'targets/releases', 'other');
    await stageOther('v1', 'targets', 'other');
    await expectNothingSaid();
  });

  it('a name that several roles list is warned about when readers still find it after its removal', async () => {
    await team.publishTarget(owner, 'v1', 'targets/releases');
    await removeTarget(owner, { name: 'v1', roles: [] });
    await expectSaid([
      'TARGET_STILL_THERE',
      /removed from targets, since targets\/releases lists the name, too: "v1"$/,
    ]);
  });

  it('a name that several roles list is gone when all roles lose it', async () => {
    await team.publishTarget(owner, 'v1', 'targets/releases');
    await removeTarget(owner, {
      name: 'v1',
      roles: ['targets', 'targets/releases'],
    });
    await expectNothingSaid();
    expect(await team.listing(owner)).not.toContain('v1: targets/releases');
  });

  it('names that several roles list are counted when there are thousands, in time that grows with their number', async () => {
    const names = Array.from({ length: 3000 }, (_, number) => `n${number}`);
    for (const name of names) await stageOther(name, 'targets', 'one');
    await publish(owner);
    for (const name of names) await stageOther(name, 'targets/releases', 'other');
    await expectSaid(['TARGET_SHADOWED', /for 3000 targets.*"n0", "n1", "n2" and 2997 more/]);
  }, 30_000);
});

describe('G35 removing thousands of targets that are not there', () => {
  it('removing thousands of targets that are not there brings a few warnings and their number', async () => {
    for (let number = 0; number < 50; number++) await removeTarget(owner, { name: `no${number}`, roles: [] });
    const from = owner.log.records.length;
    await publish(owner);
    const said = warnings(from).filter(([code]) => code === 'TARGET_NOT_THERE');
    expect(said).toHaveLength(11);
    expect(said.at(-1)?.[1]).toBe('40 more of this kind are not shown');
  });
});

describe('G35 a purge', () => {
  let nested: PublicKey;

  beforeEach(async () => {
    nested = await team.delegationKey(owner);
    await team.delegate(owner, 'targets/p', [key]);
    await team.delegate(owner, 'targets/p/x', [nested]);
    await team.publishTarget(owner, 'x1', 'targets/p/x');
    await team.shareSnapshot(owner);
  });

  /** From now on `targets/p` has no valid signature. */
  async function replaceKey(): Promise<PublicKey> {
    const other = await team.delegationKey(owner);
    await team.delegate(owner, 'targets/p', [other]);
    await removal('targets/p', { keyIds: [canonicalKeyId(key)] });
    await publish(owner);
    return other;
  }

  it('a purge names the role that cannot be read, which lists the key', async () => {
    await replaceKey();
    await purgeDelegations(owner, [canonicalKeyId(nested)]);
    await expectSaid(
      [
        'PURGE_INCOMPLETE',
        new RegExp(
          `^key ${canonicalKeyId(nested)} was not purged for targets/p/x from targets/p, which is not trusted`,
        ),
      ],
      ['PURGE_INCOMPLETE', /^whether a purged key stays in targets\/p\/x is not known/],
    );
  });

  it('a purge names the role that cannot be signed here', async () => {
    const bob = actor(server, owner.clock);
    await bob.cryptoService.add(
      (await owner.cryptoService.find(canonicalKeyId(key), { role: 'targets/p', gun: owner.gun })).key,
      'delegation',
      '',
    );
    await purgeDelegations(bob, [canonicalKeyId(key), canonicalKeyId(nested)]);
    await expect(publish({ ...bob, caution: refuse })).rejects.toMatchObject({
      code: 'PURGE_INCOMPLETE',
    });
    await publish(bob);
    expect(
      bob.log.records.filter(({ code }) => code === 'PURGE_INCOMPLETE').map(({ message }) => message),
    ).toEqual([
      expect.stringMatching(
        `^key ${canonicalKeyId(key)} was not purged for .* from targets, which cannot be signed here`,
      ) as string,
    ]);
  });

  it('a purge that took every key of a role says that the role has none left', async () => {
    await purgeDelegations(owner, [canonicalKeyId(nested)]);
    await expectSaid(['ROLE_WITHOUT_KEYS', /^targets\/p\/x has no keys left; /]);
  });

  it('a purge is undone by a witness of the role that was passed over, and a message says so', async () => {
    await replaceKey();
    await purgeDelegations(owner, [canonicalKeyId(nested)]);
    await publish(owner);
    await stageWitness(owner, ['targets/p']);
    await expectSaid([
      'WITNESS_RESTORES_KEYS',
      new RegExp(`^signing targets/p again makes key ${canonicalKeyId(nested)} trusted for targets/p/x`),
    ]);
  });

  it('a purge is not missed by a witness when the key is given again in the same publish', async () => {
    await replaceKey();
    await stageWitness(owner, ['targets/p']);
    await team.delegate(owner, 'targets/p/x', [nested]);
    await expectNothingSaid();
  });
});

describe('G35 a change that is refused', () => {
  it('a change that is refused is named with its number and the command that removes it', async () => {
    await team.stageTarget(owner, 'v2');
    await team.stageTarget(owner, 'v3', 'targets/absent');
    await expect(publish(owner)).rejects.toMatchObject({
      code: 'NO_SUCH_ROLE',
      details: { change: 1, role: 'targets/absent' },
      hint: 'It is about the staged change 1 (create target "v3" of targets/absent); tsnotary reset docker.io/alice/demo -n 1 discards it.',
    });
    await resetChanges(owner, { all: false, indexes: [1] });
    await publish(owner);
    expect(await team.listing(owner)).toContain('v2: targets');
  });

  it('a change that is refused keeps the hint that it has', async () => {
    await team.stageTarget(owner, 'out', 'targets/qa');
    await expect(publish(owner)).rejects.toMatchObject({
      code: 'INVALID_PATH',
      hint: expect.stringMatching(
        /its paths are: "qa\/", "test\/"\. It is about the staged change 0 /,
      ) as string,
    });
  });

  it('a change that is refused is named when it is refused for being strict', async () => {
    await team.stageTarget(owner, 'v2');
    await removeTarget(owner, { name: 'absent', roles: [] });
    await expect(publish({ ...owner, caution: refuse })).rejects.toMatchObject({
      code: 'TARGET_NOT_THERE',
      details: { change: 1 },
    });
  });
});

describe('G35 resetting', () => {
  beforeEach(async () => {
    for (const name of ['a', 'b', 'c']) await team.stageTarget(owner, name);
  });

  it('resetting a number that is not there is reported; when strict nothing is reset', async () => {
    const strict = { ...owner, caution: refuse };
    const numbers = { all: false, indexes: [0, 3, -1] };
    await expect(resetChanges(strict, numbers)).rejects.toMatchObject({
      code: 'CHANGE_NOT_THERE',
    });
    expect(owner.changelist.changes.size).toBe(3);
    const from = owner.log.records.length;
    await resetChanges(owner, numbers);
    expect(warnings(from)).toEqual([
      ['CHANGE_NOT_THERE', `no change 3, -1 is staged for ${owner.gun}, only 0 to 2`],
    ]);
    expect(owner.changelist.changes.size).toBe(2);
  });

  it('resetting everything is reported when nothing is staged', async () => {
    await resetChanges(owner, { all: true, indexes: [] });
    const from = owner.log.records.length;
    await resetChanges(owner, { all: true, indexes: [] });
    expect(warnings(from)).toEqual([['CHANGE_NOT_THERE', `nothing is staged for ${owner.gun}`]]);
  });

  it('resetting waits for a publish that runs, and says what the publish has taken away', async () => {
    const from = owner.log.records.length;
    const publishing = publish(owner);
    await resetChanges(owner, { all: false, indexes: [0, 2] });
    await publishing;
    expect(await team.listing(owner)).toEqual(expect.arrayContaining(['a: targets', 'c: targets']));
    expect(warnings(from).filter(([code]) => code === 'CHANGE_NOT_THERE')).toEqual([
      ['CHANGE_NOT_THERE', expect.stringMatching(/^2 changes .* could not be reset.*: 0, 2$/) as string],
    ]);
  });

  it('resetting leaves what is staged while it waits, though its number is the same', async () => {
    const publishing = publish(owner);
    const resetting = resetChanges(owner, { all: true, indexes: [] });
    await team.stageTarget(owner, 'late');
    await Promise.all([publishing, resetting]);
    expect(owner.changelist.changes.size).toBe(1);
  });
});

describe('G35 deleting', () => {
  const codes = (from: number) => warnings(from).map(([code]) => code);

  it('deleting says how many staged changes go with the collection; when strict nothing is deleted', async () => {
    for (const name of ['a', 'b']) await team.stageTarget(owner, name);
    const strict = { ...owner, caution: refuse };
    await expect(deleteTrustData(strict, { remote: true })).rejects.toMatchObject({
      code: 'CHANGES_DISCARDED',
    });
    expect(owner.changelist.changes.size).toBe(2);
    expect(await team.listing(owner)).toContain('v1: targets');
    const from = owner.log.records.length;
    await deleteTrustData(owner, { remote: false });
    expect(warnings(from)).toEqual([
      ['CHANGES_DISCARDED', `2 staged changes of ${owner.gun} will never be published`],
    ]);
  });

  it('deleting a collection that is nowhere is reported', async () => {
    const stranger = actor(server, owner.clock, 'docker.io/never/was');
    for (const remote of [false, true]) {
      const strict = { ...stranger, caution: refuse };
      await expect(deleteTrustData(strict, { remote })).rejects.toMatchObject({
        code: 'COLLECTION_NOT_THERE',
      });
      await deleteTrustData(stranger, { remote });
    }
    expect(stranger.log.messages('warn')).toEqual([
      'nothing of docker.io/never/was is on this machine',
      'notary.test does not have docker.io/never/was; nothing of it is on this machine either',
    ]);
  });

  it('deleting a collection that only the server has does what is asked', async () => {
    const other = actor(server, owner.clock);
    await deleteTrustData({ ...other, caution: refuse }, { remote: true });
    const from = owner.log.records.length;
    await deleteTrustData(owner, { remote: true });
    expect(codes(from)).toEqual(['COLLECTION_NOT_THERE']);
    expect(owner.cache.files.size).toBe(0);
  });

  it('deleting waits for a publish that runs', async () => {
    await team.stageTarget(owner, 'late');
    await Promise.all([publish(owner), deleteTrustData({ ...owner, caution: refuse }, { remote: false })]);
    expect(owner.cache.files.size).toBe(0);
    expect(await team.listing(owner)).toContain('late: targets');
  });
});

describe('G35 publishing when nothing is staged', () => {
  it('publishing when nothing is staged is reported', async () => {
    await team.shareSnapshot(owner);
    const from = owner.log.records.length;
    expect(await publish(owner)).toEqual({ roles: [], created: false });
    expect(warnings(from).filter(([code]) => code !== 'PUBLISH_TRIES')).toMatchObject([
      ['NOTHING_STAGED', {}],
    ]);
  });

  it('publishing when nothing is staged and the snapshot key is here is reported, and sends nothing when strict', async () => {
    const { length } = server.lines();
    await expect(publish({ ...owner, caution: refuse })).rejects.toThrow(
      /^nothing is staged for docker\.io\/alice\/demo, so nothing was published$/,
    );
    expect(
      server
        .lines()
        .slice(length)
        .filter((line) => line.startsWith('POST')),
    ).toEqual([]);
    const from = owner.log.records.length;
    expect((await publish(owner)).roles).toEqual(['snapshot']);
    expect(warnings(from).map(([code]) => code)).toContain('NOTHING_STAGED');
  });

  it('publishing when nothing is staged is no mistake when the snapshot expires soon', async () => {
    clock.advance(days(3 * 365 - 100));
    expect((await publish({ ...owner, caution: refuse })).roles).toContain('snapshot');
  });
});
