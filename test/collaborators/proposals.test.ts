/** Which names are proposed for keys, and which of them need a question. */

import { describe, expect, it } from 'vitest';
import { keyNames } from '../../src/collaborators/names.ts';
import { proposedNames } from '../../src/collaborators/proposals.ts';
import { certifiedSigner, plainSigner, type Signer } from '../support/metadata-author.ts';
import { collectionOf, fileOf } from '../support/named-collection.ts';
import { refusal } from '../support/refusal.ts';

const now = new Date('2026-11-01T00:00:00Z');
const proposed = (signers: readonly Signer[], file?: ReturnType<typeof fileOf>) =>
  proposedNames(keyNames({ file, collections: [collectionOf({ name: 'targets/releases', signers })] }));

describe('the names that are proposed', () => {
  it('a name that two certificates claim is taken from neither without a question', () => {
    const { proposals } = proposed([certifiedSigner('bob', now), certifiedSigner('bob', now)]);
    expect(proposals.map(({ taken }) => taken)).toEqual([true, true]);
    const sole = proposed([certifiedSigner('bob', now), certifiedSigner('carol', now)]).proposals;
    expect(sole.map(({ collaborator, taken }) => [collaborator, taken]).sort()).toEqual([
      ['bob', false],
      ['carol', false],
    ]);
  });

  it('a name that differs in capitals alone from one that is there is none', () => {
    const file = fileOf({ bob: [plainSigner().key.keyId] });
    const { proposals, unfit } = proposed([certifiedSigner('Bob', now)], file);
    expect(proposals).toEqual([]);
    expect(unfit).toMatchObject([{ name: 'Bob', defect: 'can be taken for "bob"' }]);
  });

  it.each([
    ['bob', 'BOB'],
    ['strasse', 'straße'],
  ])('a file with %s and %s is refused', (one, other) => {
    expect(() => fileOf({ [one]: [], [other]: [] })).toThrow(
      refusal('COLLABORATORS_INVALID', /can be taken for/),
    );
  });
});
