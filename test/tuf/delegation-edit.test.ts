import { beforeEach, describe, expect, it } from 'vitest';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { canonicalJson } from '../../src/encoding/canonical-json.ts';
import { targetsToJson } from '../../src/metadata/targets.ts';
import {
  changeDelegationKeys,
  changeDelegationPaths,
  deleteDelegation,
  type KeyChange,
  type PathChange,
  purgeKeys,
} from '../../src/tuf/delegation-edit.ts';
import { Repo } from '../../src/tuf/repo.ts';
import { delegationsOf, draftRepo, listedKeys, someKeys } from '../support/draft-repo.ts';
import { certifiedSigner, plainSigner, type Signer } from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';
import { sealedCollection, signerOf } from '../support/sealed-collection.ts';

const collection = sealedCollection({
  delegations: [
    ['targets/a', ['a/', 'shared/']],
    ['targets/a/b', ['a/b/']],
    ['targets/z', ['']],
  ],
});
const keyOf = (role: string) => signerOf(collection, role);
const [one, two, three] = someKeys(3) as [Signer, Signer, Signer];

let repo: Repo;
let unusable: (readonly [role: string, threshold: number])[];

beforeEach(() => {
  repo = draftRepo(collection);
  unusable = [];
});

const warn = (role: string, threshold: number) => void unusable.push([role, threshold]);
const changeKeys = (role: string, change: Partial<KeyChange>) =>
  changeDelegationKeys(repo, role, { add: [], remove: [], threshold: 0, ...change }, warn);
const changePaths = (role: string, change: Partial<PathChange>) =>
  changeDelegationPaths(repo, role, { add: [], remove: [], clear: false, ...change }, warn);
const roleOf = (name: string) => repo.findDelegation(name);
const written = (role: string) => canonicalJson(targetsToJson(repo.draft(role).content));
const dirty = () => [...repo.targets].filter(([, draft]) => draft.dirty).map(([role]) => role);

describe('keys of a delegation', () => {
  it('keys of a delegation are added behind those that are there, in the order given', () => {
    changeKeys('targets/a', { add: [two.entry, one.entry] });
    expect(roleOf('targets/a')).toEqual({
      ...{ name: 'targets/a', paths: ['a/', 'shared/'], threshold: 1 },
      keyIds: [keyOf('targets/a').id, two.id, one.id],
    });
    expect([...listedKeys(repo).keys()].sort()).toEqual(
      [keyOf('targets/a').id, keyOf('targets/z').id, one.id, two.id].sort(),
    );
    expect(dirty()).toEqual(['targets']);
  });

  it('keys of a delegation that were listed for no role are dropped by the first change', () => {
    const draft = repo.draft('targets');
    const { delegations } = draft.content;
    const keys = new Map([...delegations.keys, [three.id, three.entry]]);
    draft.content = { ...draft.content, delegations: { ...delegations, keys } };
    changeKeys('targets/a', { add: [one.entry] });
    expect([...listedKeys(repo).keys()]).not.toContain(three.id);
    changeKeys('targets/z', { add: [two.entry] });
    expect([...listedKeys(repo).keys()].sort()).toEqual(
      [keyOf('targets/a').id, keyOf('targets/z').id, one.id, two.id].sort(),
    );
  });

  it('keys of a delegation are not added twice', () => {
    changeKeys('targets/a', { add: [one.entry, keyOf('targets/a').entry, one.entry] });
    expect(roleOf('targets/a')?.keyIds).toEqual([keyOf('targets/a').id, one.id]);
  });

  it('keys of a delegation keep the threshold whatever the change says', () => {
    changeKeys('targets/a', { add: [one.entry], threshold: 7 });
    expect(roleOf('targets/a')?.threshold).toBe(1);
  });

  it('keys of a delegation are null when the last one is gone, as Notary writes them', () => {
    changeKeys('targets/z', { remove: [canonicalKeyId(keyOf('targets/z').entry)] });
    expect(written('targets')).toContain('{"keyids":null,"name":"targets/z","paths":[""],"threshold":1}');
  });

  it('keys of a delegation leave the order of the roles as it is', () => {
    changeKeys('targets/a', { add: [one.entry] });
    expect(delegationsOf(repo).map(({ name }) => name)).toEqual(['targets/a', 'targets/z']);
  });

  it('keys of a delegation are removed by canonical ID, before others are added', () => {
    const certified = certifiedSigner('someone', new Date('2026-01-01T00:00:00Z'));
    changeKeys('targets/a', { add: [certified.entry, one.entry] });
    expect(canonicalKeyId(certified.entry)).not.toBe(certified.id);
    changeKeys('targets/a', { remove: [asCanonicalKeyId(certified.id)] });
    expect(roleOf('targets/a')?.keyIds).toContain(certified.id);
    changeKeys('targets/a', { remove: [canonicalKeyId(certified.entry)], add: [two.entry] });
    expect(roleOf('targets/a')?.keyIds).toEqual([keyOf('targets/a').id, one.id, two.id]);
    expect(listedKeys(repo).has(certified.id)).toBe(false);
    changeKeys('targets/a', { remove: [one.key.keyId], add: [one.entry] });
    expect(roleOf('targets/a')?.keyIds).toEqual([keyOf('targets/a').id, two.id, one.id]);
  });

  it('keys of a delegation that the role does not have are passed over, and the parent is signed again all the same', () => {
    changeKeys('targets/a', { remove: [asCanonicalKeyId('f'.repeat(64)), keyOf('targets/z').key.keyId] });
    expect(roleOf('targets/a')?.keyIds).toEqual([keyOf('targets/a').id]);
    expect(roleOf('targets/z')?.keyIds).toEqual([keyOf('targets/z').id]);
    expect(dirty()).toEqual(['targets']);
    expect(unusable).toEqual([]);
  });

  it('keys of a delegation stay listed while another role has them', () => {
    changeKeys('targets/z', { add: [keyOf('targets/a').entry] });
    changeKeys('targets/a', { add: [one.entry], remove: [keyOf('targets/a').key.keyId] });
    expect(listedKeys(repo).has(keyOf('targets/a').id)).toBe(true);
    changeKeys('targets/z', { remove: [keyOf('targets/a').key.keyId] });
    expect(listedKeys(repo).has(keyOf('targets/a').id)).toBe(false);
  });

  it('keys of a delegation may all go: the role stays, and is reported as unusable', () => {
    changeKeys('targets/a', { remove: [keyOf('targets/a').key.keyId] });
    expect(roleOf('targets/a')).toMatchObject({ keyIds: [], threshold: 1 });
    expect(unusable).toEqual([['targets/a', 1]]);
    expect([...listedKeys(repo).keys()]).toEqual([keyOf('targets/z').id]);
  });

  it('are listed no more when they all go after another change', () => {
    changeKeys('targets/a', { add: [one.entry] });
    changeKeys('targets/a', { remove: [keyOf('targets/a').key.keyId, one.key.keyId] });
    expect([...listedKeys(repo).keys()]).toEqual([keyOf('targets/z').id]);
  });

  it('the keys of a nested delegation are listed by its parent', () => {
    changeKeys('targets/a/b', { add: [one.entry] });
    expect(delegationsOf(repo, 'targets/a')[0]?.keyIds).toEqual([keyOf('targets/a/b').id, one.id]);
    expect(dirty()).toEqual(['targets/a']);
  });
});

describe('a new delegation', () => {
  it('a new delegation is made by keys with a threshold, behind the others', () => {
    changeKeys('targets/new', { add: [one.entry, two.entry, one.entry], threshold: 1 });
    expect(delegationsOf(repo).map(({ name }) => name)).toEqual(['targets/a', 'targets/z', 'targets/new']);
    expect(roleOf('targets/new')).toEqual({
      name: 'targets/new',
      keyIds: [one.id, two.id],
      paths: [],
      threshold: 1,
    });
  });

  it('a new delegation is not made without a threshold', () => {
    expect(() => changeKeys('targets/new', { add: [one.entry] })).toThrow(
      refusal('INVALID_ROLE', 'tuf: invalid role targets/new.', { role: 'targets/new' }),
    );
    expect(dirty()).toEqual([]);
  });

  it('a new delegation with fewer keys than its threshold is made, and reported as unusable', () => {
    changeKeys('targets/new', { add: [one.entry], threshold: 2 });
    expect(unusable).toEqual([['targets/new', 2]]);
  });

  it('a new delegation below a role without a file begins that file', () => {
    changeKeys('targets/new', { add: [one.entry], threshold: 1 });
    changeKeys('targets/new/below', { add: [two.entry], threshold: 1 });
    expect(delegationsOf(repo, 'targets/new').map(({ name }) => name)).toEqual(['targets/new/below']);
    expect(repo.targets.get('targets/new')).toMatchObject({
      bytes: undefined,
      dirty: true,
      content: { version: 0 },
    });
  });

  it('a new delegation below a role that does not exist is refused', () => {
    expect(() => changeKeys('targets/none/below', { add: [one.entry], threshold: 1 })).toThrow(
      refusal('NO_SUCH_ROLE', 'tuf: invalid role targets/none. delegation does not exist', {
        role: 'targets/none',
      }),
    );
  });

  it.each(['targets', 'root', 'targets/*', 'targets/A', '', 'targets/a/'])(
    'a new delegation cannot be called %j',
    (name) => {
      const expected = refusal('NO_SUCH_ROLE', `tuf: invalid role ${name}. not a valid delegated role`, {
        role: name,
      });
      expect(() => changeKeys(name, { add: [one.entry], threshold: 1 })).toThrow(expected);
      expect(() => changePaths(name, { add: [''] })).toThrow(expected);
    },
  );
});

describe('paths of a delegation', () => {
  it('paths of a delegation are added behind those that are there, in the order given, each once', () => {
    changePaths('targets/a', { add: ['z', 'a/', 'y', 'z'] });
    expect(roleOf('targets/a')?.paths).toEqual(['a/', 'shared/', 'z', 'y']);
    expect(dirty()).toEqual(['targets']);
  });

  it('paths of a delegation are removed, then added', () => {
    changePaths('targets/a', { remove: ['a/', 'unknown'], add: ['b', 'a/'] });
    expect(roleOf('targets/a')?.paths).toEqual(['shared/', 'b', 'a/']);
  });

  it('paths of a delegation are cleared, then added', () => {
    changePaths('targets/a', { clear: true });
    expect(roleOf('targets/a')?.paths).toEqual([]);
    changePaths('targets/a', { clear: true, remove: ['x'], add: ['x'] });
    expect(roleOf('targets/a')?.paths).toEqual(['x']);
  });

  it('paths of a delegation must lie within those of the parent', () => {
    changePaths('targets/a/b', { add: ['a/', 'a/c', 'shared/x'] });
    expect(roleOf('targets/a/b')?.paths).toEqual(['a/b/', 'a/', 'a/c', 'shared/x']);
    for (const path of ['', 'b', 'a', 'shared']) {
      expect(() => changePaths('targets/a/b', { add: ['a/d', path] })).toThrow(
        refusal('INVALID_PATH', 'tuf: invalid role targets/a/b. invalid paths to add to role', {
          role: 'targets/a/b',
          paths: [path],
        }),
      );
    }
    expect(roleOf('targets/a/b')?.paths).not.toContain('a/d');
  });

  it('paths of a role that does not exist cannot be changed', () => {
    expect(() => changePaths('targets/none', { add: [''] })).toThrow(
      refusal('NO_SUCH_ROLE', 'tuf: invalid role targets/none. delegation does not exist', {
        role: 'targets/none',
      }),
    );
  });

  it('paths of a role without keys can be changed, and the role is reported as unusable once more', () => {
    changeKeys('targets/a', { remove: [keyOf('targets/a').key.keyId] });
    changePaths('targets/a', { add: ['q'] });
    expect(unusable).toEqual([
      ['targets/a', 1],
      ['targets/a', 1],
    ]);
  });
});

describe('deleting a delegation', () => {
  it('deleting a delegation takes its entry, its keys, its file and its record in the snapshot, and those of roles below it', () => {
    deleteDelegation(repo, 'targets/a');
    expect(delegationsOf(repo).map(({ name }) => name)).toEqual(['targets/z']);
    expect([...listedKeys(repo).keys()]).toEqual([keyOf('targets/z').id]);
    expect(repo.targets.has('targets/a')).toBe(false);
    expect([...repo.snapshot.content.meta.keys()]).toEqual(['root', 'targets', 'targets/z']);
    expect(dirty()).toEqual(['targets']);
  });

  it('deleting a nested delegation changes its parent only', () => {
    deleteDelegation(repo, 'targets/a/b');
    expect(delegationsOf(repo, 'targets/a')).toEqual([]);
    expect(dirty()).toEqual(['targets/a']);
  });

  it('deleting the last delegation leaves null, as Notary does, and the next one makes a list again', () => {
    expect(written('targets/a/b')).toContain('"roles":[]');
    deleteDelegation(repo, 'targets/a/b');
    expect(written('targets/a')).toContain('"delegations":{"keys":{},"roles":null}');
    changeKeys('targets/a/c', { add: [one.entry], threshold: 1 });
    expect(written('targets/a')).toMatch(/"roles":\[\{"keyids":\["[0-9a-f]{64}"\],"name":"targets\/a\/c"/);
  });

  it('deleting a delegation that does not exist is no error and changes nothing', () => {
    deleteDelegation(repo, 'targets/none');
    deleteDelegation(repo, 'targets/none/below');
    expect(dirty()).toEqual([]);
  });

  it('deleting a delegation does not change what was loaded', () => {
    deleteDelegation(repo, 'targets/a');
    expect(delegationsOf(draftRepo(collection)).map(({ name }) => name)).toEqual(['targets/a', 'targets/z']);
  });
});

describe('purging keys', () => {
  const shared = three;
  const may =
    (...roles: readonly string[]) =>
    async (role: string) =>
      roles.includes(role);
  const everywhere = may('targets', 'targets/a', 'targets/z');

  beforeEach(() => {
    for (const role of ['targets/a', 'targets/z', 'targets/a/b']) changeKeys(role, { add: [shared.entry] });
    for (const draft of repo.targets.values()) draft.dirty = false;
  });

  it('purging keys takes them from every role below', async () => {
    await purgeKeys(repo, 'targets', [shared.key.keyId], everywhere, warn);
    for (const role of ['targets/a', 'targets/z', 'targets/a/b'])
      expect(roleOf(role)?.keyIds).toEqual([keyOf(role).id]);
    expect(listedKeys(repo).has(shared.id)).toBe(false);
    expect(listedKeys(repo, 'targets/a').has(shared.id)).toBe(false);
    expect(dirty()).toEqual(['targets', 'targets/a']);
    expect(unusable).toEqual([]);
  });

  it('purging keys starts at the role that it is asked to start at', async () => {
    await purgeKeys(repo, 'targets/a', [shared.key.keyId], everywhere, warn);
    expect(roleOf('targets/a')?.keyIds).toContain(shared.id);
    expect(roleOf('targets/a/b')?.keyIds).toEqual([keyOf('targets/a/b').id]);
    expect(dirty()).toEqual(['targets/a']);
  });

  it('purging keys passes over a file that cannot be signed, and goes on below it', async () => {
    await purgeKeys(repo, 'targets', [shared.key.keyId], may('targets/a'), warn);
    expect(roleOf('targets/a')?.keyIds).toContain(shared.id);
    expect(roleOf('targets/a/b')?.keyIds).not.toContain(shared.id);
    expect(dirty()).toEqual(['targets/a']);
  });

  it('purging keys asks for the keys of those files only that list a purged key', async () => {
    const asked: string[] = [];
    const ask = async (role: string) => {
      asked.push(role);
      return true;
    };
    await purgeKeys(repo, 'targets', [keyOf('targets/a/b').key.keyId], ask, warn);
    expect(asked).toEqual(['targets/a']);
    await purgeKeys(repo, 'targets', [asCanonicalKeyId('f'.repeat(64))], ask, warn);
    expect(asked).toEqual(['targets/a']);
  });

  it('purging keys goes by canonical IDs', async () => {
    const certified = certifiedSigner('someone', new Date('2026-01-01T00:00:00Z'));
    changeKeys('targets/a', { add: [certified.entry] });
    await purgeKeys(repo, 'targets', [asCanonicalKeyId(certified.id)], everywhere, warn);
    expect(roleOf('targets/a')?.keyIds).toContain(certified.id);
    await purgeKeys(repo, 'targets', [certified.key.keyId], everywhere, warn);
    expect(roleOf('targets/a')?.keyIds).not.toContain(certified.id);
  });

  it('purging keys says which roles have become unusable', async () => {
    await purgeKeys(
      repo,
      'targets',
      [shared.key.keyId, keyOf('targets/a').key.keyId, keyOf('targets/z').key.keyId],
      everywhere,
      warn,
    );
    expect(unusable).toEqual([
      ['targets/a', 1],
      ['targets/z', 1],
    ]);
    expect(roleOf('targets/a')?.keyIds).toEqual([]);
  });
});

describe('a collection without any file of targets yet', () => {
  it('a collection without any file of targets yet can be given its first delegation', () => {
    const { root, snapshot } = draftRepo(collection);
    expect(root.dirty || snapshot.dirty).toBe(false);
    const bare = new Repo({
      root: {
        envelope: { bytes: new Uint8Array(), signed: new Map(), signatures: [] },
        content: root.content,
      },
      ...{ snapshot: undefined, targets: new Map(), unusable: new Map() },
    });
    changeDelegationKeys(
      bare,
      'targets/first',
      { add: [plainSigner().entry], remove: [], threshold: 1 },
      warn,
    );
    expect(delegationsOf(bare).map(({ name }) => name)).toEqual(['targets/first']);
    expect(bare.targets.get('targets')?.bytes).toBeUndefined();
  });
});
