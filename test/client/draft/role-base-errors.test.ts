/** The errors for a delegation that may not be signed again as it is: what they name, and how much of it. */

import { expect, it } from 'vitest';
import { needsWitness, neverSigned, withdrawn } from '../../../src/client/draft/role-base-errors.ts';
import { parseEnvelope } from '../../../src/metadata/signed.ts';
import { parseTargets } from '../../../src/metadata/targets.ts';
import { fileMetaOf, sha256Hex } from '../../../src/tuf/checksums.ts';
import { plainSigner, sealed, targetsContent } from '../../support/metadata-author.ts';

const gun = 'docker.io/alice/demo';
const role = 'targets/a';
const signer = plainSigner();
/** In the order in which they are written. */
const namesOf = (count: number) => Array.from({ length: count }, (_, at) => `v${10 + at}`);

function fileWith(count: number, nested = 0) {
  const targets = Object.fromEntries(namesOf(count).map((name) => [name, fileMetaOf(Buffer.from(name))]));
  const delegates = namesOf(nested).map((name) => ({ name: `${role}/${name}`, signers: [signer] }));
  const bytes = sealed(targetsContent({ version: 7, targets, delegates }), signer);
  return { file: parseTargets(parseEnvelope(bytes), role), sha256: sha256Hex(fileMetaOf(bytes)) ?? '' };
}

it('the errors name the file, by version and hash, and what it holds', () => {
  const { file, sha256 } = fileWith(1);
  const details = { gun, role, version: 7, sha256, targets: ['v10'], count: 1 };
  for (const [make, code] of [
    [needsWitness, 'ROLE_NEEDS_WITNESS'],
    [neverSigned, 'ROLE_UNVERIFIED'],
    [withdrawn, 'ROLE_WITHDRAWN'],
  ] as const)
    expect(make(gun, role, file)).toMatchObject({
      code,
      details,
      hint: expect.stringMatching(/^Nothing was/) as string,
    });
  expect(neverSigned(gun, role, file).hint).toContain(`tsnotary witness ${gun} ${role} --accept ${sha256}`);
});

it.each([
  [0, 0, '0 targets'],
  [1, 0, '1 target'],
  [2, 1, '2 targets and 1 delegation'],
  [1, 2, '1 target and 2 delegations'],
])('the errors count %i targets and %i delegations in words', (count, nested, words) => {
  const { file } = fileWith(count, nested);
  expect(needsWitness(gun, role, file).message).toContain(`the ${words} of its former signers`);
  expect(withdrawn(gun, role, file).message).toMatch(new RegExp(`version 7 with ${words}$`));
});

it('the errors name twenty targets, and say that there are more', () => {
  const said = (count: number) => neverSigned(gun, role, fileWith(count).file);
  expect(said(0).message).toMatch(/it holds 0 targets$/);
  expect(said(2).message).toMatch(/it holds 2 targets: "v10", "v11"$/);
  expect(said(20).message).toMatch(/"v28", "v29"$/);
  expect(said(21).message).toMatch(/"v28", "v29", …$/);
  expect(said(21).details).toMatchObject({ targets: namesOf(20), count: 21 });
});
