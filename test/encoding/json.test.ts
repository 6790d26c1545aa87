import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asArray, asInteger, asObject, asString, readJson } from '../../src/encoding/json.ts';
import type { JsonOptions } from '../../src/encoding/json-value.ts';
import { anyText, jsonValues, mapped, plain, spelt } from '../support/json-documents.ts';
import { refusal } from '../support/refusal.ts';

const read = (text: string, options?: JsonOptions) => readJson(Buffer.from(text), options);
const malformed = (message: string | RegExp) => refusal('MALFORMED_JSON', message);

/** Values with a way to spell each. */
const documents = fc
  .tuple(jsonValues(), fc.infiniteStream(fc.nat(1000)))
  .map(([value, stream]) => ({ value, text: spelt(value, () => stream.next().value as number) }));

describe('a JSON document with unique names', () => {
  it('a JSON document with unique names reads as JSON.parse reads it, however it is spelt', () => {
    fc.assert(
      fc.property(documents, ({ value, text }) => {
        const found = read(text, { maxDepth: 100 });
        expect(found).toEqual(value);
        expect(found).toEqual(mapped(JSON.parse(text)));
      }),
      { numRuns: 3000 },
    );
  });

  it('a JSON document is refused wherever JSON.parse refuses it, after any one byte was changed', () => {
    const damaged = fc.tuple(documents, fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(damaged, ([{ text }, at, byte]) => {
        const bytes = Buffer.from(text);
        bytes.writeUInt8(byte, at % bytes.length);
        let lax: { value: unknown } | undefined;
        try {
          lax = { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
        } catch {
          lax = undefined;
        }
        let strict: { value: unknown } | string;
        try {
          strict = { value: plain(readJson(bytes, { fractions: true, maxDepth: 100 })) };
        } catch (error) {
          expect(error).toEqual(malformed(/./));
          strict = (error as Error).message;
        }
        if (typeof strict !== 'string') expect(strict).toEqual(lax);
        else if (lax !== undefined)
          expect(strict).toMatch(/^repeated member name|^lone surrogate|^number [-.0-9]+[eE]/);
      }),
      { numRuns: 5000 },
    );
  });

  it('a JSON document with unique names keeps a member that is called __proto__ as a member', () => {
    const object = asObject(read('{"__proto__":{"x":1},"constructor":2}'), 'it');
    expect([...object.keys()]).toEqual(['__proto__', 'constructor']);
    expect(object.get('x')).toBeUndefined();
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('G6 a repeated member name', () => {
  it('a repeated member name is refused at any depth, however the repetition is spelt', () => {
    const escaped = (text: string) =>
      [...Array(text.length).keys()]
        .map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`)
        .join('');
    fc.assert(
      fc.property(anyText, fc.nat(40), fc.boolean(), (name, depth, inList) => {
        const [open, close] = inList ? ['[', ']'] : ['{"a":', '}'];
        const repeated = `{${JSON.stringify(name)}:1,"another name":2,"${escaped(name)}":1}`;
        fc.pre(name !== 'another name');
        expect(() => read(open.repeat(depth) + repeated + close.repeat(depth))).toThrow(
          malformed(`repeated member name ${JSON.stringify(name)}`),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('a repeated member name is one in the same object only', () => {
    expect(read('[{"a":1},{"a":{"a":2}}]')).toEqual(mapped([{ a: 1 }, { a: { a: 2 } }]));
  });
});

describe('G7 nesting', () => {
  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('the nesting of %s is read down to the limit and no further', (_, open, close) => {
    const nested = (levels: number) =>
      open.repeat(levels - 1) + (open === '[' ? '[]' : '{}') + close.repeat(levels - 1);
    expect(() => read(nested(64))).not.toThrow();
    expect(() => read(nested(65))).toThrow(malformed('nested deeper than 64 levels'));
    expect(() => read(nested(3), { maxDepth: 2 })).toThrow(malformed('nested deeper than 2 levels'));
  });

  it('a nesting of a million levels is refused without reading on', () => {
    expect(() => read('['.repeat(1_000_000))).toThrow(malformed('nested deeper than 64 levels'));
  });
});

describe('G6 a repeated name', () => {
  it('a repeated name is refused without repeating all of it', () => {
    const name = 'x'.repeat(1000);
    expect(() => read(`{"${name}":1,"${name}":2}`)).toThrow(
      malformed(`repeated member name "${'x'.repeat(100)}"`),
    );
  });
});

describe('G7 a number', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['1.0', 1],
    ['1e3', 1000],
    ['-12E+1', -120],
    ['100e-2', 1],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['1152921504606846976', 2 ** 60],
  ])('the number %s is read as %d', (text, value) => {
    expect(read(text)).toBe(value);
  });

  it.each(['1.5', '1e-1', '-0.1', '1e400', '9223372036854775808', '-1e19'])(
    'the number %s is refused',
    (text) => {
      expect(() => read(text)).toThrow(malformed(`number ${text} is not an integer`));
    },
  );

  it.each(['NaN', 'Infinity', '-Infinity', '+1', '.5', '1.', '01', '-01', '0x10', '1e', '1e+', '-', '1_000'])(
    'the word %s is no number',
    (text) => {
      expect(() => read(text)).toThrow(malformed(/^invalid character|^unexpected end/));
    },
  );

  it('a number may have a fraction where that is asked for, and must be finite even then', () => {
    expect(read('[1.5,-0.25e1,1e-400]', { fractions: true })).toEqual([1.5, -2.5, 0]);
    expect(() => read('1e400', { fractions: true })).toThrow(malformed(/^number 1e400/));
  });
});

describe('G7 a string', () => {
  it.each(['"\\ud800"', '"\\udc00"', '"\\udc00\\ud800"', '"a\\ud83d"', '{"\\ud800":1}'])(
    'a string with a lone surrogate is refused: %s',
    (text) => {
      expect(() => read(text)).toThrow(malformed('lone surrogate in string literal'));
    },
  );

  it('a string may pair surrogates by escapes', () => {
    expect(read('"\\ud83d\\ude00"')).toBe('😀');
  });

  it('a string with bytes that are not UTF-8 is refused', () => {
    expect(() => readJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow(malformed('invalid UTF-8'));
  });
});

describe('G7 a mistake', () => {
  it.each([
    ['', 'unexpected end of JSON input'],
    ['   ', 'unexpected end of JSON input'],
    ['{"a"', 'unexpected end of JSON input'],
    ['[1,', 'unexpected end of JSON input'],
    ['"a', 'unexpected end of JSON input'],
    ['"a\\', 'unexpected end of JSON input'],
    ['"\\u12', 'unexpected end of JSON input'],
    ['tru', 'unexpected end of JSON input'],
    ['-', 'unexpected end of JSON input'],
    ['1.', 'unexpected end of JSON input'],
    ['hello', "invalid character 'h' looking for beginning of value"],
    ['\ufeff{}', "invalid character 'ï' looking for beginning of value"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ['\\', "invalid character '\\\\' looking for beginning of value"],
    ['\u0000', "invalid character '\\x00' looking for beginning of value"],
    ['\u007f', "invalid character '\\x7f' looking for beginning of value"],
    ['{} {}', "invalid character '{' after top-level value"],
    ['01', "invalid character '1' after top-level value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair"],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"a\tb"', "invalid character '\\t' in string literal"],
    ['"a\u0001b"', "invalid character '\\x01' in string literal"],
    ['"\\q"', "invalid character 'q' in string escape code"],
    ['"\\\n"', "invalid character '\\n' in string escape code"],
    ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['trUe', "invalid character 'U' in literal true (expecting 'u')"],
    ['fals ', "invalid character ' ' in literal false (expecting 'e')"],
    ['nuII', "invalid character 'I' in literal null (expecting 'l')"],
    ['-a', "invalid character 'a' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
  ])('a mistake in %j is reported as Go reports it', (text, message) => {
    expect(() => read(text)).toThrow(malformed(message));
  });
});

describe('a part of a document', () => {
  const object = read('{"object":{},"list":[],"text":"","number":1,"null":null,"big":1152921504606846976}');
  const part = (name: string) => asObject(object, 'it').get(name);

  it('a part of a document is given out as the type that it has', () => {
    expect(asObject(part('object'), 'it').size).toBe(0);
    expect(asArray(part('list'), 'it')).toEqual([]);
    expect(asString(part('text'), 'it')).toBe('');
    expect(asInteger(part('number'), 'it')).toBe(1);
  });

  it('a list may be null where Go writes null for an empty one', () => {
    expect(asArray(part('null'), 'it')).toEqual([]);
    expect(asArray(part('absent'), 'it')).toEqual([]);
  });

  it.each(['list', 'text', 'number', 'null', 'absent'])(
    'a part of a document is no object when it is %s',
    (name) => {
      expect(() => asObject(part(name), 'the thing')).toThrow(malformed('the thing is not an object'));
    },
  );

  it.each(['object', 'text', 'number'])('a part of a document is no list when it is %s', (name) => {
    expect(() => asArray(part(name), 'the thing')).toThrow(malformed('the thing is not a list'));
  });

  it.each(['object', 'list', 'number', 'null', 'absent'])(
    'a part of a document is no text when it is %s',
    (name) => {
      expect(() => asString(part(name), 'the thing')).toThrow(malformed('the thing is not a string'));
    },
  );

  it.each(['object', 'list', 'text', 'null', 'absent', 'big'])(
    'a part of a document is no exact integer when it is %s',
    (name) => {
      expect(() => asInteger(part(name), 'the thing')).toThrow(malformed('the thing is not an integer'));
    },
  );
});
