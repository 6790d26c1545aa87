/** Whose word counts for a target, and what a listing shows (TUF specification 5.6.7). */

import { beforeEach, describe, expect, it } from 'vitest';
import { findTarget } from '../../src/client/read/find-target.ts';
import { listDelegations } from '../../src/client/read/list-delegations.ts';
import { listTargets } from '../../src/client/read/list-targets.ts';
import { update } from '../../src/client/update/update.ts';
import { fileMetasToJson } from '../../src/metadata/file-meta.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { plainSigner } from '../support/metadata-author.ts';

let collection: ForgedCollection;
let reader: Actor;

function begin(delegations: readonly string[], bare: readonly string[] = []): void {
  collection = new ForgedCollection({ delegations, bare });
  reader = actor(collection.server, memoryClock(), forgedGun);
  for (const role of ['targets', ...delegations]) fill(role, {});
}

/** Gives a role these targets; the payload of a target is what stands behind its name. */
function fill(role: string, payloads: Readonly<Record<string, string>>): void {
  const metas = Object.entries(payloads).map(
    ([name, payload]) => [name, fileMetaOf(Buffer.from(payload))] as const,
  );
  collection.edit(role, ['targets'], fileMetasToJson(new Map(metas)));
  collection.settle();
}

function restrict(role: string, paths: readonly string[]): void {
  collection.editDelegation(role, (entry) => new Map(entry).set('paths', [...paths]));
  collection.settle();
}

const listing = async (...roles: readonly string[]) =>
  (await listTargets(reader, { roles })).map(({ name, role }) => `${name}: ${role}`);

describe('a listing', () => {
  it('a listing of a collection without targets is empty', async () => {
    begin([]);
    expect(await listing()).toEqual([]);
  });

  it('a listing is ordered by the bytes of the names, whatever the roles are', async () => {
    begin(['targets/a']);
    fill('targets', { b: '', é: '', Z: '', '\u{1f600}': '', '\uff01': '' });
    fill('targets/a', { a: '', c: '' });
    expect(await listing()).toEqual([
      'Z: targets',
      'a: targets/a',
      'b: targets',
      'c: targets/a',
      'é: targets',
      '\uff01: targets',
      '\u{1f600}: targets',
    ]);
  });
});

describe('a name that several roles have signed', () => {
  beforeEach(() => {
    begin(['targets/one', 'targets/one/two', 'targets/two']);
    fill('targets', { current: 'by targets', latest: 'by targets' });
    fill('targets/one', { current: 'by one', other: 'by one' });
    fill('targets/two', { current: 'by two', level2: 'by two' });
    fill('targets/one/two', { level2: 'by one/two' });
    restrict('targets/one/two', ['level2']);
  });

  it('a name that several roles have signed counts where it is met first: the role above before those below, brothers in the order of the list', async () => {
    expect(await listing()).toEqual([
      'current: targets',
      'latest: targets',
      'level2: targets/two',
      'other: targets/one',
    ]);
    expect((await findTarget(reader, 'level2')).role).toBe('targets/two');
    expect((await findTarget(reader, 'current')).meta).toEqual(fileMetaOf(Buffer.from('by targets')));
  });

  it('a name that several roles have signed counts in the order of the roles that are asked for', async () => {
    expect(await listing('targets/one', 'targets')).toEqual([
      'current: targets/one',
      'latest: targets',
      'level2: targets/one/two',
      'other: targets/one',
    ]);
  });

  it('a name is not looked for below a role when that part is itself in the list of roles', async () => {
    expect(await listing('targets/one', 'targets/two', 'targets/one/two')).toEqual([
      'current: targets/one',
      'level2: targets/two',
      'other: targets/one',
    ]);
  });

  it('a name is not looked for in targets when only a delegation is asked for', async () => {
    expect(await listing('targets/two')).toEqual(['current: targets/two', 'level2: targets/two']);
  });

  it('a name that no role has signed is not found', async () => {
    await expect(findTarget(reader, 'nothing')).rejects.toMatchObject({
      code: 'NO_SUCH_TARGET',
      message: 'No valid trust data for nothing',
      hint: undefined,
    });
    await expect(findTarget(reader, 'curent')).rejects.toMatchObject({
      hint: 'What may be meant: "current"',
    });
  });

  it('a name is in no listing of a role that does not exist', async () => {
    expect(await listing('targets/nobody')).toEqual([]);
  });
});

describe('G15 the paths of a delegation', () => {
  beforeEach(() => {
    begin(['targets/one', 'targets/one/two']);
    fill('targets/one', { 'one-target': '', 'other-target': '' });
    fill('targets/one/two', { 'one-two-target': '', 'two-target': '' });
  });

  it('the paths of a delegation hide targets with names that begin otherwise, and those of the role above hide them too', async () => {
    restrict('targets/one', ['one']);
    restrict('targets/one/two', ['one-two', 'two']);
    expect(await listing()).toEqual(['one-target: targets/one', 'one-two-target: targets/one/two']);
    expect(await listing('targets/one')).toEqual([
      'one-target: targets/one',
      'one-two-target: targets/one/two',
    ]);
    expect(await listing('targets/one/two')).toEqual(['one-two-target: targets/one/two']);
    await expect(findTarget(reader, 'two-target')).rejects.toMatchObject({ code: 'NO_SUCH_TARGET' });
    await expect(findTarget(reader, 'other-target')).rejects.toMatchObject({ code: 'NO_SUCH_TARGET' });
  });

  it('the paths of a delegation let nothing through when there are none', async () => {
    restrict('targets/one', []);
    expect(await listing()).toEqual([]);
  });

  it('the paths of a delegation do not let a role below have more than the role above', async () => {
    restrict('targets/one', ['one-two-target-and-more']);
    restrict('targets/one/two', ['one-two']);
    expect(await listing()).toEqual([]);
  });

  it('the paths of a delegation are plain prefixes of names, not patterns', async () => {
    restrict('targets/one', ['one*', 'other?']);
    expect(await listing()).toEqual([]);
  });
});

describe('the list of delegations', () => {
  it('the list of delegations names every delegation of every file that was loaded, with or without a file of its own', async () => {
    begin(['targets/b', 'targets/a', 'targets/a/z'], ['targets/a/b', 'targets/c']);
    restrict('targets/a', ['x', 'y']);
    const key = (role: string) => collection.oneSigner(role).id;
    expect(await listDelegations(reader)).toEqual([
      { name: 'targets/a', paths: ['x', 'y'], keyIds: [key('targets/a')], threshold: 1 },
      { name: 'targets/a/b', paths: [''], keyIds: [key('targets/a/b')], threshold: 1 },
      { name: 'targets/a/z', paths: [''], keyIds: [key('targets/a/z')], threshold: 1 },
      { name: 'targets/b', paths: [''], keyIds: [key('targets/b')], threshold: 1 },
      { name: 'targets/c', paths: [''], keyIds: [key('targets/c')], threshold: 1 },
    ]);
  });

  it('the list of delegations shows the canonical ID of a key that metadata lists under the ID of its certificate', async () => {
    begin(['targets/a']);
    const certified = collection.rootSigner();
    collection.rotateDelegation('targets/a', [certified]);
    collection.settle();
    const [listed] = await listDelegations(reader);
    expect(listed?.keyIds).toEqual([certified.key.keyId]);
    expect(certified.key.keyId).not.toBe(certified.id);
  });

  it('the list of delegations shows a delegation that has lost its keys', async () => {
    begin(['targets/a']);
    collection.rotateDelegation('targets/a', []);
    collection.settle();
    expect(await listDelegations(reader)).toEqual([
      { name: 'targets/a', paths: [''], keyIds: [], threshold: 1 },
    ]);
    expect(await listing()).toEqual([]);
  });
});

describe('G15 trees of delegations', () => {
  it('trees of delegations are read level by level, each file once', async () => {
    const tree = [
      'targets/level1',
      'targets/level1/a',
      'targets/level1/a/i',
      'targets/level1/a/i/0',
      'targets/level1/a/ii',
      'targets/level2',
      'targets/level2/b',
      'targets/level2/b/i',
      'targets/level2/b/i/0',
    ];
    begin(tree, ['targets/level1/a/iii', 'targets/level2/b/i/1']);
    const { targets } = await update(reader);
    expect([...targets.keys()].sort()).toEqual(['targets', ...tree]);
    expect(collection.server.asked.filter((role) => role.startsWith('targets/')).sort()).toEqual(tree);
    expect(await listDelegations(reader)).toHaveLength(11);
  });

  it('trees of delegations may be 60 levels deep', async () => {
    const tree = Array.from({ length: 60 }, (_, depth) => `targets${'/d'.repeat(depth + 1)}`);
    begin(tree);
    fill(tree.at(-1) ?? '', { deep: '' });
    expect(await listing()).toEqual([`deep: ${tree.at(-1)}`]);
  });

  it('trees of delegations may have hundreds of delegations beside each other, and a snapshot that lists thousands', async () => {
    const tree = Array.from({ length: 200 }, (_, index) => `targets/r${index}`);
    begin(tree);
    fill('targets/r199', { last: '' });
    const meta = new Map(collection.content('snapshot').get('meta') as Map<string, never>);
    const some = fileMetasToJson(new Map([['role', fileMetaOf(Buffer.from('content'))]])).get('role');
    for (let index = 0; index < 20_000; index++) meta.set(`targets/unlisted${index}`, some as never);
    collection.edit('snapshot', ['meta'], meta);
    collection.settleTimestamp();
    const { snapshot, targets } = await update(reader);
    expect([snapshot?.content.meta.size, targets.size]).toEqual([20_202, 201]);
    expect(await listing()).toEqual(['last: targets/r199']);
  });

  it('trees of delegations may hold many thousands of targets', async () => {
    begin(['targets/a']);
    fill('targets/a', Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`t${index}`, ''])));
    expect(await listing()).toHaveLength(20_000);
    expect((await findTarget(reader, 't19999')).role).toBe('targets/a');
  });

  it('trees of delegations in which one key signs for two roles keep the two apart', async () => {
    begin(['targets/a', 'targets/b']);
    const key = plainSigner();
    for (const role of ['targets/a', 'targets/b']) {
      collection.rotateDelegation(role, [key]);
      fill(role, { [role]: role });
    }
    restrict('targets/b', ['none']);
    expect(await listing()).toEqual(['targets/a: targets/a']);
  });
});
