import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publicKeyToJson } from '../../src/crypto/keys/key-entry.ts';
import { keyId, type PublicKey } from '../../src/crypto/keys/public-key.ts';
import { buildEnvelope, signedMessage } from '../../src/metadata/signed.ts';
import { collectTargets, searchTarget } from '../../src/tuf/target-walk.ts';
import { available } from '../support/genuine/programs.ts';
import { type GenuineReader, genuineReader } from '../support/genuine/verdict.ts';
import {
  base64,
  der,
  ecEntry,
  ecSamples,
  otherPointForm,
  rsa2048,
  rsaEntry,
  spkiOf,
} from '../support/key-samples.ts';
import { loadCollection } from '../support/load-collection.ts';
import { certifiedSigner, edited, plainSigner, type Signer, sealed } from '../support/metadata-author.ts';
import {
  changed,
  resealed,
  type SealedCollection,
  sealedCollection,
  signedPart,
} from '../support/sealed-collection.ts';
import { badSignatures, goodSignatures, rawEcdsa } from '../support/signature-cases.ts';
import { swizzles } from '../support/swizzle.ts';

const collection = sealedCollection({ now: new Date() });
const roles = [...collection.files.keys()];

/** Refused here although Notary takes it, and why. */
const stricter: ReadonlyMap<string, string> = new Map([
  ['a repeated member', 'two readers would see two documents'],
  ['nested too deep', 'readers without a limit die of it'],
]);
/** Refused by both, in words that name Go's types or other things that we do not have. */
const otherWords: ReadonlySet<string> = new Set([
  ...['null', 'signatures that are no list', 'a signature that is no base64', 'fields of the wrong types'],
  ...['an expiry that is no time', 'gone'],
]);

describe.skipIf(!available('notary'))('the genuine client', () => {
  let reader: GenuineReader;

  beforeAll(async () => {
    reader = await genuineReader();
  });
  afterAll(() => reader.close());

  /** The message on which both end, or undefined when both read the collection. */
  async function expectSameVerdict(read: SealedCollection): Promise<string | undefined> {
    const { fatal } = await reader.read(read);
    const { stop } = loadCollection(read, { lenient: true });
    expect(stop?.error.message).toBe(fatal);
    return fatal;
  }

  it('the genuine client reads a sound collection', async () => {
    expect(await expectSameVerdict(collection)).toBeUndefined();
  });

  describe('its verdict on a tampered collection', () => {
    const cases = swizzles.flatMap((swizzle) =>
      roles
        .filter((role) => swizzle.applies(role))
        .map((role) => [`${swizzle.name}, ${role}`, swizzle, role] as const),
    );

    it.each(cases)(
      'the genuine client comes to the same verdict on a tampered collection: %s',
      async (_, { name, files }, role) => {
        const read = resealed(collection, files(collection, role));
        if (!stricter.has(name) && !otherWords.has(name)) {
          await expectSameVerdict(read);
          return;
        }
        const { fatal } = await reader.read(read);
        expect(fatal === undefined).toBe(stricter.has(name));
        expect(loadCollection(read, { lenient: true, delegations: roles.slice(4) }).stop).toBeDefined();
      },
    );
  });

  /** The collection with the one key of targets replaced, and its file signed anew. */
  function withTargetsKey(
    entry: PublicKey,
    method: string,
    sign: (message: Uint8Array) => Uint8Array,
  ): SealedCollection {
    const id = keyId(entry);
    const root = changed(collection, 'root', (signed) =>
      edited(edited(signed, ['keys', id], publicKeyToJson(entry)), ['roles', 'targets', 'keyids'], [id]),
    );
    const signed = signedPart(collection, 'targets');
    const signature = { keyId: id, method, signature: sign(signedMessage(signed)) };
    return resealed(
      collection,
      new Map([
        ['root', root],
        ['targets', buildEnvelope(signed, [signature]).bytes],
      ]),
    );
  }

  describe('its verdict on a signature', () => {
    it.each(goodSignatures.map((row) => [row.name, row] as const))(
      'the genuine client accepts a good signature too: %s',
      async (_, row) => {
        expect(await expectSameVerdict(withTargetsKey(row.entry, row.method, row.signature))).toBeUndefined();
      },
    );

    it.each(badSignatures.map((row) => [row.name, row] as const))(
      'the genuine client comes to the same verdict on a bad signature: %s',
      async (name, row) => {
        const fatal = await expectSameVerdict(withTargetsKey(row.entry, row.method, row.signature));
        // Method names are lower-cased when a file is read.
        if (!name.endsWith('the method in capitals'))
          expect(fatal).toBe('valid signatures did not meet threshold for targets');
      },
    );

    const [p256] = ecSamples.filter(({ name }) => name === 'P-256');
    if (p256 === undefined) throw new Error('no key');
    const rsa = spkiOf(rsa2048.privateKey);
    it.each([
      ['with a compressed point', ecEntry(otherPointForm(p256, 'compressed'))],
      ['with a hybrid point', ecEntry(otherPointForm(p256, 'hybrid'))],
      ['with bytes behind it', ecEntry(Buffer.concat([spkiOf(p256.privateKey), Buffer.of(5, 0)]))],
      [
        'that is an RSA key without null',
        rsaEntry(der(0x30, der(0x30, Buffer.from('06092a864886f70d010101', 'hex')), rsa.subarray(19))),
      ],
      ['that is no key', ecEntry(Buffer.from('junk'))],
      ['of an unknown type', { keyType: 'dsa', value: base64(spkiOf(p256.privateKey)) }],
    ])('the genuine client refuses the key %s too', async (_, entry) => {
      expect(await expectSameVerdict(withTargetsKey(entry, 'ecdsa', rawEcdsa(p256)))).toBeDefined();
    });
  });

  describe('its verdict on a threshold', () => {
    const [a, b, c] = [plainSigner(), plainSigner(), plainSigner()];
    const withThreshold = (threshold: number, listed: readonly Signer[], signers: readonly Signer[]) => {
      const root = changed(collection, 'root', (signed) => {
        const keys = listed.reduce(
          (part, { id, entry }) => edited(part, ['keys', id], publicKeyToJson(entry)),
          signed,
        );
        const ids = edited(
          keys,
          ['roles', 'targets', 'keyids'],
          listed.map(({ id }) => id),
        );
        return edited(ids, ['roles', 'targets', 'threshold'], threshold);
      });
      const targets = sealed(signedPart(collection, 'targets'), ...signers);
      return resealed(
        collection,
        new Map([
          ['root', root],
          ['targets', targets],
        ]),
      );
    };

    it.each([
      [1, [a], [a]],
      [2, [a, b], [a]],
      [2, [a, b], [a, b]],
      [2, [a, b, c], [c, a]],
      [3, [a, b, c], [a, b]],
      [3, [a, b, c], [c, b, a]],
      [2, [a], [a]],
      [1, [a, b], [c]],
    ] as const)(
      'the genuine client comes to the same verdict on a threshold of %d',
      async (threshold, listed, signers) => {
        const fatal = await expectSameVerdict(withThreshold(threshold, listed, signers));
        const distinct = new Set(signers.filter((signer) => (listed as readonly Signer[]).includes(signer)))
          .size;
        expect(fatal === undefined).toBe(distinct >= threshold);
      },
    );

    it('the genuine client refuses a file in which one key has signed twice in place of two, and tsnotary refuses the repetition', async () => {
      const read = withThreshold(2, [a, b], [a, a]);
      expect((await reader.read(read)).fatal).toBe('valid signatures did not meet threshold for targets');
      expect(loadCollection(read).stop?.error.message).toContain('repeat the key ID');
    });

    it('the genuine client reads a file in which a key has signed twice, and tsnotary does not', async () => {
      for (const signers of [
        [a, a],
        [a, b, a],
      ]) {
        const read = withThreshold(1, [a, b], signers);
        expect((await reader.read(read)).fatal).toBeUndefined();
        expect(loadCollection(read).stop?.error).toMatchObject({
          code: 'ROLE_THRESHOLD',
          message: `the signatures of targets repeat the key ID ${a.id}`,
        });
      }
    });

    it('the genuine client counts one key under two certificates twice, and tsnotary does not', async () => {
      const one = certifiedSigner('one', collection.now);
      const other = certifiedSigner('other', collection.now, one.key);
      const read = withThreshold(2, [one, other], [one, other]);
      expect((await reader.read(read)).fatal).toBeUndefined();
      expect(loadCollection(read).stop?.error.code).toBe('ROLE_THRESHOLD');
    });
  });

  describe('its search for targets', () => {
    const plan = sealedCollection({
      now: new Date(),
      delegations: [
        ['targets/c', ['', 'x']],
        ['targets/a', ['a', 'n']],
        ['targets/b', ['']],
        ['targets/none', []],
        ['targets/c/y', ['']],
        ['targets/c/x', ['n', 'c']],
        ['targets/a/m', ['a', '']],
        ['targets/b/m', ['']],
        ['targets/none/all', ['']],
      ],
      targets: {
        targets: ['top', 'ab'],
        'targets/c': ['c1'],
        'targets/a': ['ab', 'n1', 'zz', 'a1'],
        'targets/b': ['n1', 'c1', 'zz', 'b1', 'shared'],
        'targets/none': ['nothing', 'shared'],
        'targets/c/y': ['n1', 'shared', 'deep'],
        'targets/c/x': ['n1', 'c9', 'shared', 'deep'],
        'targets/a/m': ['a1', 'a9', 'shared', 'deep'],
        'targets/b/m': ['deep', 'm1', 'b1'],
        'targets/none/all': ['nothing', 'only'],
      },
    });
    const { builder } = loadCollection(plan);
    const contents = new Map([...builder.targets].map(([role, { content }]) => [role, content]));
    const names = [...new Set([...contents.values()].flatMap(({ targets }) => [...targets.keys()]))];

    it.each([
      [[]],
      [['targets']],
      [['targets/a']],
      [['targets/b', 'targets/a']],
      [['targets/a', 'targets/b']],
      [['targets/c/x', 'targets/c', 'targets']],
      [['targets', 'targets/c']],
      [['targets/a', 'targets/b', 'targets/a/m', 'targets/b/m']],
      [['targets/none']],
      [['targets/none/all']],
      [['targets/unknown']],
      [['targets/a', 'targets/a']],
    ])('the genuine client lists the same from %j', async (listed) => {
      const flags = listed.flatMap((role) => ['-r', role]);
      const { outcome, fatal } = await reader.read(plan, ['list', plan.gun, ...flags]);
      expect(fatal).toBeUndefined();
      const rows = outcome.stdout
        .trim()
        .split('\n')
        .slice(2)
        .map((line) => line.split(/\s+/))
        .map(([name, , , role]) => [name, role]);
      const ours = collectTargets(contents, listed).map(({ name, role }) => [name, role]);
      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(rows));
      expect(ours.length).toBe(outcome.stdout.includes('No targets present') ? 0 : rows.length);
    });

    it.each(names)('the genuine client finds %s in the same role, whose hash it shows', async (name) => {
      const { outcome, fatal } = await reader.read(plan, ['lookup', plan.gun, name]);
      const found = searchTarget(contents, name);
      expect(fatal).toBe(found === undefined ? `No valid trust data for ${name}` : undefined);
      if (found === undefined) return;
      const hex = Buffer.from(found.meta.hashes.get('sha256') ?? '', 'base64').toString('hex');
      expect(outcome.stdout).toContain(`sha256:${hex}`);
    });
  });
});
