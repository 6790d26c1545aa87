import { beforeEach, describe, expect, it } from 'vitest';
import { asListedKeyId } from '../../src/crypto/keys/key-id.ts';
import { checkedSigners, delegationSigners } from '../../src/tuf/delegation-signers.ts';
import { editTargets, Repo } from '../../src/tuf/repo.ts';
import { draftRepo } from '../support/draft-repo.ts';
import { fixture } from '../support/fixture-files.ts';
import { plainSigner, signerWith } from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';
import { sealedCollection, signerOf } from '../support/sealed-collection.ts';

const collection = sealedCollection({
  delegations: [
    ['targets/a', ['a/', 'b/']],
    ['targets/a/b', ['a/x', '', 'c/', 'b/']],
    ['targets/a/b/c', ['a/', 'a/xy', 'b/1']],
    ['targets/none', []],
    ['targets/none/all', ['']],
  ],
});
let repo: Repo;

beforeEach(() => {
  repo = draftRepo(collection);
});

const noRole = (role: string) =>
  refusal('NO_SUCH_ROLE', `tuf: invalid role ${role}. delegation does not exist`);

describe('a collection in editing', () => {
  it('a collection in editing starts with what was loaded, and nothing has changed', () => {
    expect([...repo.targets.keys()]).toEqual([
      'targets',
      'targets/a',
      'targets/a/b',
      'targets/a/b/c',
      'targets/none',
      'targets/none/all',
    ]);
    expect([repo.root, repo.snapshot, ...repo.targets.values()].some(({ dirty }) => dirty)).toBe(false);
    expect(repo.targets.get('targets/a')?.bytes).toBe(collection.files.get('targets/a'));
    expect(repo.publishedRoot).toBe(repo.root.content);
  });

  it('a collection in editing without a snapshot begins one', () => {
    const { root, targets } = repo;
    const signed = {
      envelope: { bytes: new Uint8Array(), signed: new Map(), signatures: [] },
      content: root.content,
    };
    const fresh = new Repo({ root: signed, snapshot: undefined, targets: new Map(), unusable: new Map() });
    expect(fresh.snapshot).toEqual({
      content: { version: 0, expires: '', meta: new Map() },
      bytes: undefined,
      dirty: true,
    });
    expect(targets.size).toBeGreaterThan(fresh.targets.size);
  });

  it.each([
    ['targets', ['']],
    ['targets/a', ['a/', 'b/']],
    ['targets/a/b', ['a/x', 'b/']],
    ['targets/a/b/c', ['a/xy', 'b/1']],
    ['targets/none', []],
    ['targets/none/all', []],
    ['targets/unknown', []],
    ['targets/unknown/deep', []],
  ])('the role %s may sign what every ancestor leaves it', (role, paths) => {
    expect(repo.effectivePaths(role)).toEqual(paths);
  });

  it('a collection in editing finds delegations where their parent lists them', () => {
    expect(repo.findDelegation('targets/a/b')?.paths).toEqual(['a/x', '', 'c/', 'b/']);
    for (const role of [
      'targets',
      'root',
      'targets/unknown',
      'targets/unknown/b',
      'targets/a/b/c/d',
      'targets/*',
    ])
      expect(repo.findDelegation(role)).toBeUndefined();
  });

  it('a collection in editing gives the draft that is there, or begins one for a listed role', () => {
    expect(repo.draft('targets/a')).toBe(repo.targets.get('targets/a'));
    repo.targets.delete('targets/a/b');
    const begun = repo.draft('targets/a/b');
    expect(begun).toMatchObject({ bytes: undefined, dirty: true, content: { version: 0, expires: '' } });
    expect(repo.draft('targets/a/b')).toBe(begun);
    for (const role of ['targets/unknown', 'targets/unknown/deep'])
      expect(() => repo.draft(role)).toThrow(noRole(role));
  });

  it('a collection in editing copies targets before it changes them, once', () => {
    const draft = repo.draft('targets/a');
    const before = draft.content.targets;
    editTargets(draft).set('new', { length: 1, hashes: new Map() });
    expect(before.has('new')).toBe(false);
    expect(draft.content.targets.has('new')).toBe(true);
    expect(draft.dirty).toBe(true);
    expect(editTargets(draft)).toBe(editTargets(draft));
    expect(draftRepo(collection).draft('targets/a').content.targets.has('new')).toBe(false);
  });
});

describe('the keys of a role in editing', () => {
  it('the keys of a role in editing come from the root or from the parent', () => {
    expect([...repo.signers('targets').keys.keys()]).toEqual([signerOf(collection, 'targets').id]);
    expect([...repo.signers('snapshot').keys.keys()]).toEqual([signerOf(collection, 'snapshot').id]);
    expect(repo.signers('targets/a/b')).toEqual({
      keys: new Map([[signerOf(collection, 'targets/a/b').id, signerOf(collection, 'targets/a/b').entry]]),
      threshold: 1,
    });
  });

  it.each(['targets/unknown', 'targets/unknown/b', 'targets/a/unknown'])(
    'the keys of %s do not exist',
    (role) => {
      expect(() => repo.signers(role)).toThrow(noRole(role));
    },
  );

  it('the keys of a role in editing leave out IDs without a key behind them', () => {
    const parent = repo.draft('targets').content;
    const delegation = {
      name: 'targets/x',
      keyIds: [asListedKeyId('missing'), signerOf(collection, 'targets/a').id],
      paths: [],
      threshold: 2,
    };
    expect([...delegationSigners(parent, delegation).keys.keys()]).toEqual([
      signerOf(collection, 'targets/a').id,
    ]);
    expect(delegationSigners(parent, delegation).threshold).toBe(2);
  });

  it('the keys of a role in editing may not come in certificates that are too weak, and need not be in date', () => {
    const withKey = (name: string) => {
      const signer = signerWith(fixture(`certs/${name}.crt`).toString(), plainSigner().key);
      const { content } = repo.draft('targets');
      const role = { name: 'targets/w', keyIds: [signer.id], paths: [], threshold: 1 };
      return { ...content, delegations: { keys: new Map([[signer.id, signer.entry]]), roles: [role] } };
    };
    for (const name of ['sha1', 'rsa1024', 'inverted-dates'])
      expect(() => checkedSigners(withKey(name), 'targets/w')).toThrow(refusal('INVALID_CERTIFICATE'));
    for (const name of ['expired', 'not-yet-valid', 'p256', 'malformed'])
      expect(checkedSigners(withKey(name), 'targets/w').keys.size).toBe(1);
  });
});
