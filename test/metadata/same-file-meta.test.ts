import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../src/encoding/canonical-json.ts';
import type { JsonValue } from '../../src/encoding/json-value.ts';
import { type FileMeta, fileMetaToJson, sameFileMeta } from '../../src/metadata/file-meta.ts';

const hash = fc.constantFrom('AAAA', 'AAAB', '');
const hashes = fc
  .uniqueArray(fc.tuple(fc.constantFrom('sha256', 'sha512', 'md5'), hash), { selector: ([name]) => name })
  .map((pairs) => new Map(pairs));
const custom = fc.option(
  fc.oneof(
    fc.constantFrom<JsonValue>(1, 'a', true, ['a'], ['b']),
    fc.constantFrom('a', 'b').map((name): JsonValue => new Map([[name, 1]])),
    // The order of members says nothing.
    fc
      .constantFrom(['a', 'b'], ['b', 'a'])
      .map((names): JsonValue => new Map(names.map((name) => [name, 1]))),
  ),
  { nil: undefined },
);
const meta = fc
  .record({ length: fc.constantFrom(0, 1, 2), hashes, custom })
  .map(({ custom: extra, ...rest }): FileMeta => (extra === undefined ? rest : { ...rest, custom: extra }));

it('two records of a file are the same exactly when their canonical JSON is', () => {
  const text = (one: FileMeta) => canonicalJson(fileMetaToJson(one));
  fc.assert(
    fc.property(meta, meta, (left, right) => {
      expect(sameFileMeta(left, right)).toBe(text(left) === text(right));
      expect(sameFileMeta(left, { ...left, hashes: new Map([...left.hashes].reverse()) })).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
