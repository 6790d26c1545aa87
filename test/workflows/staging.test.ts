/** Staged changes: written without server, keys or passphrases, listed, forgotten, published in order. */

import { beforeEach, describe, expect, it } from 'vitest';
import { parseChange, parseTargetContent } from '../../src/changelist/change.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { findTarget } from '../../src/client/read/find-target.ts';
import { addTarget, canonicalCustom, fileMetaOfStream } from '../../src/client/stage/add-target.ts';
import { addDelegation, purgeDelegations, removeDelegation } from '../../src/client/stage/delegations.ts';
import { listChanges } from '../../src/client/stage/list-changes.ts';
import { removeTarget } from '../../src/client/stage/remove-target.ts';
import { resetChanges } from '../../src/client/stage/reset-changes.ts';
import { stageWitness } from '../../src/client/stage/witness.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { NotaryError } from '../../src/errors.ts';
import type { Actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';

import type { MemoryServer } from '../support/memory-server.ts';

let server: MemoryServer;
let owner: Actor;

beforeEach(() => {
  ({ server, owner } = freshServer());
});

const staged = () => [...owner.changelist.changes.values()].map(parseChange);

const short = () =>
  staged().map(({ action, scope, type, path }) => `${action} ${scope} ${type} ${path}`.trim());

async function* chunksOf(...texts: readonly string[]) {
  for (const text of texts) yield Buffer.from(text);
}

const invalidRoles = [
  'root',
  'snapshot',
  'timestamp',
  'target/otherrole',
  'otherrole',
  'TARGETS/ALLCAPSROLE',
];

describe('a target', () => {
  it('a target is staged for targets when no role is named', async () => {
    await team.stageTarget(owner, 'latest');
    await team.stageTarget(owner, 'current');
    expect(short()).toEqual(['create targets target latest', 'create targets target current']);
  });

  it('a target is staged once for each role that is named', async () => {
    await team.stageTarget(owner, 'latest', 'targets', 'targets/a');
    expect(short()).toEqual(['create targets target latest', 'create targets/a target latest']);
  });

  it('a target is staged with its length and both hashes, whatever pieces it was read in', async () => {
    const whole = await fileMetaOfStream(chunksOf('a payload'));
    expect(await fileMetaOfStream(chunksOf('a pay', '', 'load'))).toEqual(whole);
    await addTarget(owner, { name: 'v1', meta: whole, roles: [] });
    const [change] = staged();
    if (change === undefined) throw new Error('nothing is staged');
    expect(parseTargetContent(change)).toEqual(whole);
    expect([whole.length, [...whole.hashes.keys()]]).toEqual([9, ['sha256', 'sha512']]);
  });

  it('a target is staged for removal from targets when no role is named, else from each role', async () => {
    await removeTarget(owner, { name: 'latest', roles: [] });
    await removeTarget(owner, { name: 'latest', roles: ['targets', 'targets/a'] });
    expect(short()).toEqual([
      'delete targets target latest',
      'delete targets target latest',
      'delete targets/a target latest',
    ]);
    expect(staged().every(({ content }) => content === undefined)).toBe(true);
  });

  for (const role of invalidRoles) {
    it(`a target is staged for no role when one of them is ${role}`, async () => {
      await expect(team.stageTarget(owner, 'latest', 'targets', role)).rejects.toMatchObject({
        code: 'NO_SUCH_ROLE',
      });
      await expect(removeTarget(owner, { name: 'latest', roles: ['targets', role] })).rejects.toMatchObject({
        code: 'NO_SUCH_ROLE',
      });
      expect(staged()).toEqual([]);
    });
  }

  it('a target with a control character in its name is not staged, for the server could not store it', async () => {
    for (const name of ['a\nb', '\u0000', 'tab\there', '\ud800']) {
      await expect(team.stageTarget(owner, name)).rejects.toMatchObject({ code: 'INVALID_CHANGE' });
    }
    expect(staged()).toEqual([]);
  });

  for (const name of ['__proto__', '', '../x', '/x', 'a b', '"', '\\', 'é<&>\u2028', '\u{1f600}']) {
    it(`a target may be named ${JSON.stringify(name)}`, async () => {
      await team.publishTarget(owner, name);
      expect((await findTarget(owner, name)).name).toBe(name);
    });
  }

  it('a target keeps its custom data, in canonical form', async () => {
    const custom = canonicalCustom(Buffer.from('{ "b": [1, true, null], "a": "é" }'));
    const meta = { ...(await fileMetaOfStream(chunksOf('v1'))), ...(custom !== undefined && { custom }) };
    await addTarget(owner, { name: 'v1', meta, roles: [] });
    await publish(owner);
    expect((await findTarget(owner, 'v1')).meta.custom).toEqual(
      new Map<string, unknown>([
        ['a', 'é'],
        ['b', [1, true, null]],
      ]),
    );
  });

  for (const text of ['{"a": 1.5}', '{"a": "<"}', '"\\n"', '{', '{"a":1,"a":2}']) {
    it(`a target is not staged with custom data that no client could sign again: ${text}`, () => {
      expect(() => canonicalCustom(Buffer.from(text))).toThrow(
        expect.objectContaining({ code: 'MALFORMED_JSON' }),
      );
    });
  }
});

describe('a change of a delegation', () => {
  const { publicKey, keyId } = generateEcdsaKey();
  const role = 'targets/a';
  const removal = { role, keyIds: [], paths: [], allPaths: false, whole: false };

  it('a change of a delegation is staged for a role whose parent is not known yet', async () => {
    await addDelegation(owner, { role: 'targets/x/y', keys: [publicKey], paths: ['p', 'q'] });
    expect(short()).toEqual(['create targets/x/y delegation', 'create targets/x/y delegation']);
  });

  it('a change of a delegation is staged apart for keys and for paths, keys first', async () => {
    await addDelegation(owner, { role, keys: [publicKey], paths: ['p'] });
    const contents = staged().map(({ content }) => Buffer.from(content ?? []).toString());
    expect(contents).toEqual([
      `{"threshold":1,"add_keys":[{"keytype":"ecdsa","keyval":{"public":"${publicKey.value}","private":null}}]}`,
      '{"add_paths":["p"]}',
    ]);
  });

  it('a change of a delegation is staged for removal of paths, of keys, of all paths, and of the role', async () => {
    await removeDelegation(owner, { ...removal, paths: ['p'], keyIds: [keyId] });
    await removeDelegation(owner, { ...removal, allPaths: true });
    await removeDelegation(owner, { ...removal, whole: true });
    await purgeDelegations(owner, [keyId]);
    expect(staged().map(({ action, scope, content }) => [action, scope, text(content)])).toEqual([
      ['update', role, '{"remove_paths":["p"]}'],
      ['update', role, `{"remove_keys":["${keyId}"]}`],
      ['update', role, '{"clear_paths":true}'],
      ['delete', role, undefined],
      ['update', 'targets/*', `{"remove_keys":["${keyId}"]}`],
    ]);
  });

  const text = (content: Uint8Array | undefined) => content && Buffer.from(content).toString();

  for (const wrong of [
    'root',
    'targets',
    'otherrole',
    'targets/',
    'targets/UPPER',
    'targets/*',
    'targets/a b',
  ]) {
    it(`a change of a delegation is not staged for the name ${wrong}`, async () => {
      await expect(
        addDelegation(owner, { role: wrong, keys: [publicKey], paths: [''] }),
      ).rejects.toMatchObject({ code: 'INVALID_ROLE' });
      await expect(removeDelegation(owner, { ...removal, role: wrong, whole: true })).rejects.toMatchObject({
        code: 'INVALID_ROLE',
      });
      expect(staged()).toEqual([]);
    });
  }
});

describe('staging', () => {
  it('staging asks no server and no passphrase, before and after init', async () => {
    await publish(owner);
    const again = team.restarted(owner);
    server.offline = true;
    await team.stageTarget(again, 'v1');
    await removeTarget(again, { name: 'v1', roles: [] });
    await addDelegation(again, { role: 'targets/a', keys: [generateEcdsaKey().publicKey], paths: [''] });
    await stageWitness(again, ['targets/a']);
    await listChanges(again);
    await resetChanges(again, { all: true, indexes: [] });
    expect(team.askedFor(again)).toEqual([]);
  });

  it('staging that cannot write says so', async () => {
    const add = async () => {
      throw new NotaryError('FILE_UNWRITABLE', 'open changelist: permission denied');
    };
    const unlucky: Actor = { ...owner, changelist: { ...owner.changelist, add } };
    const { publicKey, keyId } = generateEcdsaKey();
    const role = 'targets/a';
    const all = { role, keyIds: [keyId], paths: ['p'], allPaths: false, whole: false };
    for (const attempt of [
      () => team.stageTarget(unlucky, 'v1'),
      () => removeTarget(unlucky, { name: 'v1', roles: [] }),
      () => addDelegation(unlucky, { role, keys: [publicKey], paths: [] }),
      () => addDelegation(unlucky, { role, keys: [], paths: ['p'] }),
      () => removeDelegation(unlucky, all),
      () => removeDelegation(unlucky, { ...all, whole: true }),
      () => stageWitness(unlucky, [role]),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
    }
  });
});

describe('the list of staged changes', () => {
  beforeEach(async () => {
    for (const name of ['a', 'b', 'c']) await team.stageTarget(owner, name);
  });

  it('the list of staged changes has a number for each, in the order in which they will be applied', async () => {
    expect((await listChanges(owner)).map(({ index, path }) => `${index} ${path}`)).toEqual([
      '0 a',
      '1 b',
      '2 c',
    ]);
  });

  it('the list of staged changes loses those whose numbers are given, and does not mind numbers that are not there', async () => {
    await resetChanges(owner, { all: false, indexes: [0, 2, 7, 2] });
    expect((await listChanges(owner)).map(({ path }) => path)).toEqual(['b']);
  });

  it('the list of staged changes can lose all of them', async () => {
    await resetChanges(owner, { all: true, indexes: [] });
    expect(await listChanges(owner)).toEqual([]);
  });

  it('the list of staged changes names a file that cannot be read and counts it, and the numbers stay those of reset', async () => {
    owner.changelist.changes.set('0000.change', Buffer.from('not JSON'));
    expect((await listChanges(owner)).map(({ index, path }) => `${index} ${path}`)).toEqual(['1 b', '2 c']);
    expect(owner.log.messages('warn')).toEqual([expect.stringContaining('0000.change (number 0)')]);
    await expect(publish(owner)).rejects.toMatchObject({
      details: { file: '0000.change' },
      hint: expect.stringMatching(/tsnotary reset \S+ -n 0 /) as string,
    });
    await resetChanges(owner, { all: false, indexes: [0] });
    await publish(owner);
    expect(await team.listing(owner)).toEqual(['b: targets', 'c: targets']);
  });
});
