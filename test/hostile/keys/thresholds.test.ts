import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/encoding/json-value.ts';
import type { ForgedCollection } from '../../support/forged-repository.ts';
import { edited, plainSigner, type Signer } from '../../support/metadata-author.ts';
import { expectedRefusal, freshCollection, giveKeys, roles, verdictOn } from './keyed-collection.ts';

/** Keys that can stand for any role: the root wants certificates. */
function signersFor(collection: ForgedCollection, role: string, count: number): readonly Signer[] {
  return Array.from({ length: count }, () => (role === 'root' ? collection.rootSigner() : plainSigner()));
}

async function expectRefused(collection: ForgedCollection, role: string): Promise<void> {
  const { trusted, error, warnings, kept } = await verdictOn(collection, role);
  const expected = expectedRefusal(role);
  expect(trusted).toBe(false);
  expect(error?.code).toBe(expected.code);
  expect(warnings).toEqual(expected.warnings);
  expect(kept).not.toContain(role);
}

async function expectTrusted(collection: ForgedCollection, role: string): Promise<void> {
  expect(await verdictOn(collection, role)).toMatchObject({ trusted: true, error: undefined, warnings: [] });
}

describe.each(roles)('G9 thresholds that cannot be: %s', (role) => {
  const lister = role.includes('/') ? 'targets' : 'root';

  const putThreshold = (collection: ForgedCollection, threshold: JsonValue | undefined) => {
    if (role.includes('/'))
      collection.editDelegation(role, (entry) => edited(entry, ['threshold'], threshold));
    else collection.edit('root', ['roles', role, 'threshold'], threshold);
  };

  async function expectMalformed(collection: ForgedCollection): Promise<void> {
    collection.settle();
    const { trusted, error, kept } = await verdictOn(collection, role);
    expect(trusted).toBe(false);
    expect(error).toMatchObject({ code: 'MALFORMED_JSON' });
    expect(kept).not.toContain(lister);
  }

  it.each(['0.5', '1.5', '-0.5', '1e400', '9223372036854775808'])(
    'the threshold %s is no number that signed files have',
    async (text) => {
      const collection = freshCollection();
      const marker = 918273645;
      putThreshold(collection, marker);
      const file = Buffer.from(collection.files.get(lister) ?? []).toString();
      expect(file).toContain(`"threshold":${marker}`);
      collection.files.set(lister, Buffer.from(file.replace(`"threshold":${marker}`, `"threshold":${text}`)));
      await expectMalformed(collection);
    },
  );

  it.each([[2 ** 53], [2 ** 62], ['1'], [''], [true], [[1]], [new Map([['1', 1]])], [null], [undefined]])(
    'the threshold %j, soundly signed, is no number of signatures',
    async (threshold) => {
      const collection = freshCollection();
      putThreshold(collection, threshold);
      await expectMalformed(collection);
    },
  );

  it.each([[0], [-1], [-(2 ** 31)], [-(2 ** 53 - 1)]])(
    'the threshold %d is refused by name',
    async (threshold) => {
      const collection = freshCollection();
      collection.setThreshold(role, threshold);
      collection.settle();
      const { trusted, error, kept } = await verdictOn(collection, role);
      expect(trusted).toBe(false);
      expect(error).toMatchObject({ code: 'INVALID_METADATA' });
      expect(error?.message).toContain(`invalid threshold specified for ${role}: ${threshold}`);
      expect(kept).not.toContain(lister);
    },
  );

  it.each([[2 ** 31 - 1], [2 ** 32 + 1], [2 ** 53 - 1]])(
    'the threshold %d makes the role unusable',
    async (threshold) => {
      const collection = freshCollection();
      collection.setThreshold(role, threshold);
      collection.settle();
      await expectRefused(collection, role);
    },
  );
});

describe.each(roles)('G9 subsets of five keys: %s', (role) => {
  const collection = freshCollection();
  const five = signersFor(collection, role, 5);

  it.each([1, 2, 3, 4, 5])(
    'a threshold of %d is reached only by subsets that are large enough',
    async (threshold) => {
      for (let bits = 1; bits < 32; bits++) {
        const signedBy = five.filter((_, at) => ((bits >> at) & 1) === 1);
        giveKeys(collection, role, { keys: five, threshold, signedBy });
        if (signedBy.length >= threshold) await expectTrusted(collection, role);
        else await expectRefused(collection, role);
      }
    },
  );

  it('a threshold of 6 is not reached by five keys', async () => {
    giveKeys(collection, role, { keys: five, threshold: 6, signedBy: five });
    await expectRefused(collection, role);
  });

  it('a file without any signature does not reach a threshold of 1', async () => {
    giveKeys(collection, role, { keys: five, threshold: 1, signedBy: [] });
    const { trusted, error } = await verdictOn(collection, role);
    expect(trusted).toBe(false);
    expect(error?.code).toBe(role === 'root' ? 'ROOT_VALIDATION' : 'NO_SIGNATURES');
  });
});
