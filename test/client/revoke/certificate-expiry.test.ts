/** The ends of the certificates under which a state lists keys. */

import { expect, it } from 'vitest';
import { certificatesOf } from '../../../src/client/revoke/certificate-expiry.ts';
import { generateEcdsaKey } from '../../../src/crypto/keys/private-key.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { days, epoch } from '../../support/memory-ports.ts';
import { certifiedSigner, plainSigner, type Signer } from '../../support/metadata-author.ts';
import { stateWith } from '../../support/repository-states.ts';

const key = generateEcdsaKey();
const early = certifiedSigner('alice', epoch, key);
const late = certifiedSigner('alice', new Date(epoch.getTime() + days(1)), key);
const other = certifiedSigner('bob', epoch);
const plain = plainSigner();
const idOf = ({ entry }: Signer) => canonicalKeyId(entry);

const endsIn = (roles: Readonly<Record<string, readonly Signer[]>>, ...keys: readonly Signer[]) => {
  const stated = Object.fromEntries(Object.entries(roles).map(([name, listed]) => [name, { keys: listed }]));
  return [...certificatesOf(stateWith(stated), keys.map(idOf))];
};

it('the end of a key is that of its certificate, of several the last, in whatever order they stand', () => {
  // A root certificate lasts ten years.
  const [first, last] = ['2036-02-27T12:00:00Z', '2036-02-28T12:00:00Z'];
  expect(endsIn({ 'targets/a': [early, other] }, early)).toEqual([[idOf(early), { expires: first }]]);
  for (const [one, two] of [
    [early, late],
    [late, early],
  ] as const)
    expect(endsIn({ 'targets/a': [one], 'targets/b': [two] }, early)).toEqual([
      [idOf(early), { expires: last }],
    ]);
});

it('the end of a key without a certificate, and of one that cannot be read, is not known', () => {
  expect(endsIn({ 'targets/a': [plain] }, plain)).toEqual([]);
  const broken = { ...other, entry: { ...other.entry, value: Buffer.from('junk').toString('base64') } };
  expect(endsIn({ 'targets/a': [broken, early] }, early)).toHaveLength(1);
});
