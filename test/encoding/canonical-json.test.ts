import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8 } from '../../src/encoding/bytes.ts';
import { canonicalJson, escapeHtml, goJson } from '../../src/encoding/canonical-json.ts';
import { readJson } from '../../src/encoding/json.ts';
import type { JsonObject, JsonValue } from '../../src/encoding/json-value.ts';
import { anyText, jsonValues, mapped, plain, signableText } from '../support/json-documents.ts';

const fromText = (text: string): JsonValue => readJson(Buffer.from(text));

/** What was made by the Go package that Notary signs with. */
const goRows: readonly (readonly [input: string, canonical: string])[] = [
  ['"<>&/é😀\u2028"', '"<>&/é😀\u2028"'],
  ['"\\u003c\\u2028\\/"', '"<\u2028/"'],
  ['"a\\nb\\tc\\u0001\\u007f"', '"a\nb\tc\u0001\u007f"'],
  ['"\\b\\f\\r"', '"\b\f\r"'],
  ['"\\\\ \\""', '"\\\\ \\""'],
  ['{"😀":1,"！":2,"a":3}', '{"a":3,"！":2,"😀":1}'],
  ['{"b":{"d":1,"c":2},"a":[{"z":1,"y":2}]}', '{"a":[{"y":2,"z":1}],"b":{"c":2,"d":1}}'],
  ['{"ab":1,"a":2,"":3,"a\\u0000":4}', '{"":3,"a":2,"a\u0000":4,"ab":1}'],
  ['1.0', '1'],
  ['1e3', '1000'],
  ['-0', '0'],
  ['-12', '-12'],
  ['9007199254740993', '9007199254740992'],
  ['1152921504606846976', '1152921504606846976'],
  ['9223372036854774784', '9223372036854774784'],
  ['-9223372036854774784', '-9223372036854774784'],
  [' [ true , false , null ] ', '[true,false,null]'],
  ['{}', '{}'],
  ['[]', '[]'],
];

describe('canonical JSON', () => {
  it.each(goRows)('the canonical JSON of %s is what Go makes of it', (input, canonical) => {
    expect(canonicalJson(fromText(input))).toBe(canonical);
  });

  it.each([1.5, -0.1, Number.NaN, Number.POSITIVE_INFINITY])(
    'canonical JSON has no form for %d',
    (number) => {
      expect(() => canonicalJson([number])).toThrow(expect.objectContaining({ code: 'MALFORMED_JSON' }));
    },
  );

  it('canonical JSON stays the same when it is read and written again', () => {
    fc.assert(
      fc.property(jsonValues(signableText), (value) => {
        const canonical = canonicalJson(value);
        expect(canonicalJson(readJson(Buffer.from(canonical)))).toBe(canonical);
      }),
      { numRuns: 3000 },
    );
  });

  it('canonical JSON does not depend on the order of members', () => {
    const shuffled = fc
      .uniqueArray(fc.tuple(anyText, fc.nat()), { selector: ([name]) => name })
      .chain((members) =>
        fc.tuple(fc.constant(members), fc.shuffledSubarray(members, { minLength: members.length })),
      );
    fc.assert(
      fc.property(shuffled, ([one, other]) => canonicalJson(new Map(one)) === canonicalJson(new Map(other))),
    );
  });

  it('canonical JSON is that of RFC 8785 for text without control characters and names within one order', () => {
    // Both orders agree where no name mixes astral characters with those from U+E000 to U+FFFF.
    const safe = signableText.map((text) => text.replace(/[\ue000-\uffff]/g, '!'));
    fc.assert(
      fc.property(jsonValues(safe), (value) => canonicalJson(value) === canonicalize(plain(value))),
      { numRuns: 3000 },
    );
  });

  it('canonical JSON differs from RFC 8785 in the order of emoji and full-width punctuation', () => {
    const both = { '😀': 1, '！': 2 };
    expect(canonicalJson(mapped(both))).toBe('{"！":2,"😀":1}');
    expect(canonicalize(both)).toBe('{"😀":1,"！":2}');
  });

  it('canonical JSON has the members of every object in the order of their UTF-8 bytes', () => {
    const names = (text: string): string[] => [...(readJson(Buffer.from(text)) as JsonObject).keys()];
    fc.assert(
      fc.property(fc.uniqueArray(signableText, { minLength: 1 }), (keys) => {
        const canonical = canonicalJson(new Map(keys.map((key) => [key, null])));
        const order = names(canonical);
        expect(order).toEqual([...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
        expect(order).toEqual([...keys].sort(compareUtf8));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the form in files', () => {
  it('the form of JSON in files escapes what is unsafe in HTML and nothing else', () => {
    expect(escapeHtml('<a href="x">&\u2028\u2029</a> é 😀 \u007f')).toBe(
      '\\u003ca href="x"\\u003e\\u0026\\u2028\\u2029\\u003c/a\\u003e é 😀 \u007f',
    );
  });

  it('the form of JSON in files reads back to the canonical value', () => {
    fc.assert(
      fc.property(jsonValues(signableText), (value) => {
        const canonical = canonicalJson(value);
        const file = escapeHtml(canonical);
        expect(file).not.toMatch(/[<>&\u2028\u2029]/);
        expect(canonicalJson(readJson(Buffer.from(file)))).toBe(canonical);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Go 1.19's escaping, character by character, as its source has it. */
function goEscaped(text: string): string {
  const short = new Map([
    ['"', '\\"'],
    ['\\', '\\\\'],
    ['\n', '\\n'],
    ['\r', '\\r'],
    ['\t', '\\t'],
  ]);
  const characters = Array.from(text, (character) => {
    const point = character.codePointAt(0) ?? 0;
    const hex = point < 0x20 || '<>&\u2028\u2029'.includes(character);
    return short.get(character) ?? (hex ? `\\u${point.toString(16).padStart(4, '0')}` : character);
  });
  return `"${characters.join('')}"`;
}

describe("JSON as Go's encoding/json prints it", () => {
  it('the JSON writer escapes strings as Go does', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(goJson(text)).toBe(goEscaped(text));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['\b\f\n\r\t\u000b\u0000\u001f\u007f', '"\\u0008\\u000c\\n\\r\\t\\u000b\\u0000\\u001f\u007f"'],
    ['\\b \\\\f', '"\\\\b \\\\\\\\f"'],
    ['a "b" <c> & \u2028', '"a \\"b\\" \\u003cc\\u003e \\u0026 \\u2028"'],
    ['/é😀', '"/é😀"'],
  ])('the JSON writer writes %j as Go does', (text, written) => {
    expect(goJson(text)).toBe(written);
  });

  it('the JSON writer keeps the order of members', () => {
    const value = new Map<string, JsonValue>([
      ['b', [1, true, null]],
      ['<a>', new Map()],
    ]);
    expect(goJson(value)).toBe('{"b":[1,true,null],"\\u003ca\\u003e":{}}');
  });

  it('the JSON writer writes what reads back to what it was made from', () => {
    fc.assert(
      fc.property(jsonValues(), (value) => {
        expect(readJson(Buffer.from(goJson(value)))).toEqual(value);
      }),
      { numRuns: 3000 },
    );
  });

  it('the JSON writer has no form for a fraction', () => {
    expect(() => goJson(new Map([['a', 0.5]]))).toThrow(expect.objectContaining({ code: 'MALFORMED_JSON' }));
  });
});
