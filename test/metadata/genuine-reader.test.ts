import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../../src/crypto/keys/private-key.ts';
import { goJson } from '../../src/encoding/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import { signedMessage } from '../../src/metadata/signed.ts';
import { available } from '../support/genuine/programs.ts';
import { type GenuineReader, genuineReader } from '../support/genuine/verdict.ts';
import { anyText, jsonValues, mapped } from '../support/json-documents.ts';
import { loadCollection } from '../support/load-collection.ts';
import { edited } from '../support/metadata-author.ts';
import { resealed, sealedCollection, signedPart, signerOf } from '../support/sealed-collection.ts';

const collection = sealedCollection({ now: new Date(), delegations: [] });
const signer = signerOf(collection, 'targets');

/**
 * The collection with a targets file that is signed over the canonical form, but written in another: with
 * control characters escaped, as they must be in a file, and everything in the order given.
 */
function withTargets(targets: JsonObject, extra: JsonObject = new Map()) {
  const content = new Map<string, JsonValue>([
    ...edited(signedPart(collection, 'targets'), ['targets'], targets),
    ...extra,
  ]);
  const { method, signature } = sign(signer.key, signedMessage(content));
  const signatures = [mapped({ keyid: signer.id, method, sig: Buffer.from(signature).toString('base64') })];
  const file = Buffer.from(
    goJson(
      new Map<string, JsonValue>([
        ['signatures', signatures],
        ['signed', content],
      ]),
    ),
  );
  return resealed(collection, new Map([['targets', file]]));
}

const target = (custom?: JsonValue): JsonObject =>
  new Map<string, JsonValue>([
    ...(custom === undefined ? [] : [['custom', custom] as const]),
    ['length', 1],
    ['hashes', mapped({ sha256: Buffer.alloc(32, 1).toString('base64') })],
  ]);

/** Names and data on which encoders of canonical JSON are known to part. */
const names = [
  ...['', ' ', 'plain', '<>&', '/', '\\', '"', "'", '\u2028\u2029', '\u007f', '\u0080', '\ufeff', '\ufffd'],
  ...['\u0000', '\u0001', '\b', '\t', '\n', '\u000b', '\f', '\r', '\u001f', 'a\nb', '\\n', '\\u0041'],
  ...[
    'é',
    'e\u0301',
    '！',
    '\ue000',
    '\uffff',
    '😀',
    '𐀀',
    '\u{10ffff}',
    '😀！',
    '！😀',
    '__proto__',
    'constructor',
  ],
];
const numbers = [
  0,
  1,
  -1,
  2 ** 31,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  2 ** 53 + 2,
  2 ** 60,
  2 ** 62 + 1024,
  -(2 ** 62),
];

describe.skipIf(!available('notary'))(
  'the genuine client, with our canonical JSON under the signatures',
  () => {
    let reader: GenuineReader;

    beforeAll(async () => {
      reader = await genuineReader();
    });
    afterAll(() => reader.close());

    async function expectRead(targets: JsonObject, extra?: JsonObject): Promise<void> {
      const read = withTargets(targets, extra);
      expect(loadCollection(read).stop).toBeUndefined();
      const { fatal } = await reader.read(read);
      expect(fatal).toBeUndefined();
    }

    it.each(names.map((name) => [JSON.stringify(name), name]))(
      'the genuine client reads a target called %s',
      async (_, name) => {
        await expectRead(new Map([[name, target()]]));
      },
    );

    it('the genuine client reads all targets together, in the order of UTF-8', async () => {
      await expectRead(new Map(names.map((name) => [name, target()])));
      await expectRead(new Map([...names].reverse().map((name) => [name, target()])));
    });

    it.each(numbers)('the genuine client reads the number %d in custom data', async (number) => {
      await expectRead(new Map([['x', target([number])]]));
    });

    it('the genuine client reads custom data with the same names as keys', async () => {
      await expectRead(
        new Map([
          ['x', target(new Map(names.map((name, at) => [name, [name, at, new Map([[name, null]])]])))],
        ]),
      );
    });

    it('the genuine client reads any names, any custom data and any members that it does not know', async () => {
      const targets = fc.array(fc.tuple(anyText, fc.option(jsonValues(), { nil: undefined })), {
        maxLength: 40,
      });
      const extra = fc.array(
        fc.tuple(
          anyText.map((text) => `x-${text}`),
          jsonValues(),
        ),
        { maxLength: 3 },
      );
      await fc.assert(
        fc.asyncProperty(targets, extra, async (list, members) => {
          await expectRead(new Map(list.map(([name, custom]) => [name, target(custom)])), new Map(members));
        }),
        { numRuns: 60 },
      );
    });

    it('the genuine client refuses a signature over another order', async () => {
      const read = withTargets(
        new Map([
          ['a', target()],
          ['b', target()],
        ]),
      );
      const bytes = Buffer.from(
        Buffer.from(read.files.get('targets') ?? [])
          .toString()
          .replace('"a":{', '"c":{'),
      );
      const { fatal } = await reader.read(resealed(read, new Map([['targets', bytes]])));
      expect(fatal).toBe('valid signatures did not meet threshold for targets');
    });
  },
);
