/** What a word on the command line stands for: a name, a key ID, a prefix of one, or nothing. */

import { describe, expect, it } from 'vitest';
import { findKeys } from '../../src/collaborators/find-keys.ts';
import { keyNames } from '../../src/collaborators/names.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { certifiedSigner, plainSigner } from '../support/metadata-author.ts';
import { collectionOf, fileOf } from '../support/named-collection.ts';
import { refusal } from '../support/refusal.ts';

const now = new Date('2026-11-01T00:00:00Z');
const carol = certifiedSigner('carol', now);
const [bob, bobsOther, dave] = [plainSigner(), plainSigner(), plainSigner()];
const collections = [
  collectionOf(
    { name: 'targets/bob', signers: [bob, bobsOther] },
    { name: 'targets/releases', signers: [bob, carol, dave] },
  ),
];
const ids = {
  bob: bob.key.keyId,
  other: bobsOther.key.keyId,
  carol: carol.key.keyId,
  dave: dave.key.keyId,
};

describe('the keys that a word stands for', () => {
  it('a name of the file stands for the keys of its entry alone, whatever a docker role adds', () => {
    const index = keyNames({
      file: fileOf({ bob: [ids.dave], robert: [ids.bob] }),
      collections,
    });
    expect(findKeys('bob', index)).toEqual({
      kind: 'name',
      collaborator: 'bob',
      keyIds: [ids.dave],
    });
    expect(findKeys('robert', index)).toEqual({
      kind: 'name',
      collaborator: 'robert',
      keyIds: [ids.bob],
    });
  });

  it('the name of a docker role stands for its keys without a file', () => {
    const index = keyNames({ file: undefined, collections });
    expect(findKeys('bob', index)).toEqual({
      kind: 'name',
      collaborator: 'bob',
      keyIds: [ids.bob, ids.other],
    });
    expect(findKeys('releases', index)).toEqual({
      kind: 'none',
      candidates: [],
    });
  });

  it('a key that is shown under another name is not among those of the larger role', () => {
    const index = keyNames({
      file: undefined,
      collections: [
        collectionOf(
          { name: 'targets/bob', signers: [bob, dave] },
          { name: 'targets/dave', signers: [dave] },
        ),
      ],
    });
    expect(findKeys('bob', index)).toEqual({
      kind: 'name',
      collaborator: 'bob',
      keyIds: [ids.bob],
    });
    expect(findKeys('dave', index)).toEqual({
      kind: 'name',
      collaborator: 'dave',
      keyIds: [ids.dave],
    });
  });

  it('the name of a role whose keys the file gives to others stands for none of them', () => {
    const index = keyNames({
      file: fileOf({ robert: [ids.bob, ids.other] }),
      collections,
    });
    expect(findKeys('bob', index)).toEqual({ kind: 'none', candidates: [] });
  });

  it.each([
    ['another key than', [bob], [dave]],
    ['another key beside those of', [bob], [bob, dave]],
  ])(
    'a name by which one repository means %s another stands for nothing until the file has it',
    (_, mine, theirs) => {
      const input = {
        guns: ['a/mine', 'b/theirs'],
        collections: [
          collectionOf({ name: 'targets/bob', signers: mine }),
          collectionOf({ name: 'targets/bob', signers: theirs }),
        ],
      };
      expect(() => findKeys('bob', keyNames({ file: undefined, ...input }))).toThrow(
        refusal('KEY_AMBIGUOUS', /targets\/bob of a\/mine has .*; targets\/bob of b\/theirs has /),
      );
      const said = keyNames({ file: fileOf({ bob: [ids.bob] }), ...input });
      expect(findKeys('bob', said)).toMatchObject({ keyIds: [ids.bob] });
    },
  );

  it('the key of one repository under the name of another person in a second one stands for nothing', () => {
    const input = {
      file: undefined,
      guns: ['a/mine', 'b/theirs'],
      collections: [
        collectionOf({ name: 'targets/bob', signers: [bob, bobsOther] }),
        collectionOf({ name: 'targets/alice', signers: [bob] }),
      ],
    };
    for (const name of ['alice', 'bob'])
      expect(() => findKeys(name, keyNames(input))).toThrow(
        refusal('KEY_AMBIGUOUS', /targets\/bob of a\/mine has/),
      );
  });

  it('a name by which all repositories that have it mean the same keys stands for them', () => {
    const index = keyNames({
      file: undefined,
      guns: ['a/one', 'b/two', 'c/three'],
      collections: [
        collectionOf({ name: 'targets/bob', signers: [bob, bobsOther] }),
        collectionOf({ name: 'targets/bob', signers: [bobsOther, bob] }),
        collectionOf({ name: 'targets/dave', signers: [dave] }),
      ],
    });
    expect(findKeys('bob', index)).toMatchObject({
      kind: 'name',
      keyIds: [ids.bob, ids.other],
    });
  });

  it('the name in a certificate is a candidate, and a name once the file has it', () => {
    const without = keyNames({ file: undefined, collections });
    expect(findKeys('carol', without)).toEqual({
      kind: 'none',
      candidates: [{ keyId: ids.carol, collaborator: 'carol', nameSource: 'certificate' }],
    });
    expect(findKeys(ids.carol, without)).toEqual({
      kind: 'full',
      keyIds: [ids.carol],
    });
    const adopted = keyNames({
      file: fileOf({ carol: [ids.carol] }),
      collections,
    });
    expect(findKeys('carol', adopted)).toEqual({
      kind: 'name',
      collaborator: 'carol',
      keyIds: [ids.carol],
    });
  });

  it('a full ID stands for itself in either case, known or not', () => {
    const index = keyNames({ file: undefined, collections });
    expect(findKeys(ids.bob.toUpperCase(), index)).toEqual({
      kind: 'full',
      keyIds: [ids.bob],
      collaborator: 'bob',
    });
    expect(findKeys('F'.repeat(64), index)).toEqual({
      kind: 'full',
      keyIds: ['f'.repeat(64)],
    });
  });

  it('seven digits are the shortest prefix, and known keys are those of the delegations, the file and the key store', () => {
    const stored = asCanonicalKeyId('e'.repeat(64));
    const index = keyNames({
      file: fileOf({ erin: [asCanonicalKeyId('c'.repeat(64))] }),
      collections,
    });
    const find = (who: string) => findKeys(who, index, [stored]);
    expect(find(ids.dave.slice(0, 12))).toEqual({
      kind: 'prefix',
      keyIds: [ids.dave],
    });
    expect(find('EEEEEEE')).toEqual({ kind: 'prefix', keyIds: [stored] });
    expect(find('ccccccccc')).toEqual({
      kind: 'prefix',
      keyIds: ['c'.repeat(64)],
      collaborator: 'erin',
    });
    expect(find('eeeeee').kind).toBe('none');
    expect(find('0123456789').kind).toBe('none');
  });

  it('a prefix of several keys is refused with all of them', () => {
    const [one, other] = ['0', '1'].map((end) => asCanonicalKeyId(`abcdef0${end.repeat(57)}`));
    if (one === undefined || other === undefined) throw new Error('two IDs are needed');
    const index = keyNames({ file: fileOf({ alice: [one] }), collections });
    expect(() => findKeys('abcdef0', index, [one, other])).toThrow(
      refusal('KEY_AMBIGUOUS', `2 keys begin with abcdef0: ${one} (alice), ${other}`, {
        key: 'abcdef0',
        candidates: [
          { keyId: one, collaborator: 'alice', nameSource: 'file' },
          { keyId: other, nameSource: 'none' },
        ],
      }),
    );
    expect(findKeys('abcdef00', index, [one, other])).toMatchObject({
      keyIds: [one],
    });
  });
});
