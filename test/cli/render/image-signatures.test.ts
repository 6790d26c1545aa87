/** What is signed for images, shown so that no name of a tag or a signer can pass for another row or move the cursor. */

import { expect, it } from 'vitest';
import { inspectionDocument, prettyInspection } from '../../../src/cli/render/image-signatures.ts';
import { parseReference } from '../../../src/images/reference.ts';

const digest = 'ab'.repeat(32);
const inspected = (tag: string, signer = 'alice') => ({
  image: parseReference('example.com/app'),
  signatures: {
    ...{ tags: [{ tag, digest, signers: [signer] }], signers: [{ name: signer, keyIds: [] }] },
    ...{ rootKeyIds: [], targetsKeyIds: [] },
  },
});

it('a tag with blanks does not look like a row of its own', () => {
  const forged = `1   ${'cd'.repeat(32)}   bob`;
  const shown = prettyInspection(inspected(forged));
  expect(shown).not.toMatch(/^1 {3,}/m);
  expect(shown).toMatch(/^1 \\x20\\x20(?:cd){32} \\x20\\x20bob {3}(?:ab){32} {3}alice$/m);
});

it.each(['\u001b[2J', '\u009b2J', '\u202egnp', '\r', '\n'])('%j reaches no terminal', (hidden) => {
  const one = inspected(`1${hidden}`);
  const document = inspectionDocument([one]);
  for (const text of [document, prettyInspection(one)]) expect(text).not.toContain(`1${hidden}`);
  expect(JSON.parse(document)).toMatchObject([{ SignedTags: [{ SignedTag: `1${hidden}` }] }]);
});
