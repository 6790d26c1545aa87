/** What a word on the command line stands for: a name, a key ID, the beginning of one, or nothing. */

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
const ids = { bob: bob.key.keyId, other: bobsOther.key.keyId, carol: carol.key.keyId, dave: dave.key.keyId };

describe('the keys that a word stands for', () => {
  it('a name of the file stands for its keys, and for those of the docker role that the file gives to no one else', () => {
    const index = keyNames({ file: fileOf({ bob: [ids.dave], robert: [ids.bob] }), collections });
    expect(findKeys('bob', index)).toEqual({
      kind: 'name',
      collaborator: 'bob',
      keyIds: [ids.dave, ids.other],
    });
    expect(findKeys('robert', index)).toEqual({ kind: 'name', collaborator: 'robert', keyIds: [ids.bob] });
  });

  it('the name of a docker role stands for its keys without a file', () => {
    const index = keyNames({ file: undefined, collections });
    expect(findKeys('bob', index)).toEqual({
      kind: 'name',
      collaborator: 'bob',
      keyIds: [ids.bob, ids.other],
    });
    expect(findKeys('releases', index)).toEqual({ kind: 'none', candidates: [] });
  });

  it('the name of a role whose keys the file gives to others stands for none of them', () => {
    const index = keyNames({ file: fileOf({ robert: [ids.bob, ids.other] }), collections });
    expect(findKeys('bob', index)).toEqual({ kind: 'none', candidates: [] });
  });

  it('the name in a certificate is a candidate, and a name once the file has it', () => {
    const without = keyNames({ file: undefined, collections });
    expect(findKeys('carol', without)).toEqual({
      kind: 'none',
      candidates: [{ keyId: ids.carol, collaborator: 'carol', nameSource: 'certificate' }],
    });
    expect(findKeys(ids.carol, without)).toEqual({ kind: 'full', keyIds: [ids.carol] });
    const adopted = keyNames({ file: fileOf({ carol: [ids.carol] }), collections });
    expect(findKeys('carol', adopted)).toEqual({ kind: 'name', collaborator: 'carol', keyIds: [ids.carol] });
  });

  it('a full ID stands for itself in either case, known or not', () => {
    const index = keyNames({ file: undefined, collections });
    expect(findKeys(ids.bob.toUpperCase(), index)).toEqual({
      kind: 'full',
      keyIds: [ids.bob],
      collaborator: 'bob',
    });
    expect(findKeys('F'.repeat(64), index)).toEqual({ kind: 'full', keyIds: ['f'.repeat(64)] });
  });

  it('seven digits are the shortest beginning, and known keys are those of the delegations, the file and the key store', () => {
    const stored = asCanonicalKeyId('e'.repeat(64));
    const index = keyNames({ file: fileOf({ erin: [asCanonicalKeyId('c'.repeat(64))] }), collections });
    const find = (who: string) => findKeys(who, index, [stored]);
    expect(find(ids.dave.slice(0, 12))).toEqual({ kind: 'beginning', keyIds: [ids.dave] });
    expect(find('EEEEEEE')).toEqual({ kind: 'beginning', keyIds: [stored] });
    expect(find('ccccccccc')).toEqual({ kind: 'beginning', keyIds: ['c'.repeat(64)], collaborator: 'erin' });
    expect(find('eeeeee').kind).toBe('none');
    expect(find('0123456789').kind).toBe('none');
  });

  it('a beginning of several keys is refused with all of them', () => {
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
    expect(findKeys('abcdef00', index, [one, other])).toMatchObject({ keyIds: [one] });
  });
});
