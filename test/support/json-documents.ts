/** Random JSON: values, and documents that spell a value in one of its many ways. */

import fc from 'fast-check';
import type { JsonValue } from '../../src/encoding/json-value.ts';

/** Characters that readers and writers of JSON are known to differ on, among ordinary ones. */
const unit = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '/',
    '"',
    '\\',
    '<',
    '>',
    '&',
    'é',
    '😀',
    '！',
    '\u2028',
    '\u2029',
    '\u007f',
    '\ufffd',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);

/** Any well-formed text, control characters included. */
export const anyText = fc.string({ unit, maxLength: 8 });

/** Text that can stand in signed metadata: no control characters, which Go cannot write there. */
export const signableText = anyText.map((text) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  text.replace(/[\u0000-\u001f]/g, '_'),
);

const name = (text: fc.Arbitrary<string>) =>
  fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', '', '0', 'length'));

const integer = fc.oneof(
  fc.integer({ min: -10, max: 10 }),
  fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
);

/** Values as the reader gives them: objects are Maps, numbers whole and exact. */
export function jsonValues(text: fc.Arbitrary<string> = anyText): fc.Arbitrary<JsonValue> {
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(fc.constant(null), fc.boolean(), integer, text),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(fc.tuple(name(text), tie('value')), { maxLength: 4 }).map((members) => new Map(members)),
    ),
  }));
  return value;
}

/** The same value for programs that have plain objects, with an own member for every name. */
export function plain(value: JsonValue): unknown {
  if (value instanceof Map) {
    const object: Record<string, unknown> = {};
    for (const [key, member] of value as ReadonlyMap<string, JsonValue>) {
      Object.defineProperty(object, key, {
        ...{ value: plain(member), enumerable: true, writable: true, configurable: true },
      });
    }
    return object;
  }
  return Array.isArray(value) ? value.map((item) => plain(item as JsonValue)) : value;
}

/** The other way round. */
export function mapped(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(mapped);
  if (value !== null && typeof value === 'object') {
    return new Map(Object.entries(value).map(([key, member]) => [key, mapped(member)]));
  }
  return value as JsonValue;
}

/** A document with white space, escapes and number forms sprinkled in; the pieces decide where. */
export function spelt(value: JsonValue, pieces: () => number): string {
  const space = () => ['', '', ' ', '\n', '\t', '\r\n'][pieces() % 6] ?? '';
  const string = (text: string) =>
    `"${Array.from(text, (character) => speltCharacter(character, pieces)).join('')}"`;
  const write = (part: JsonValue): string => {
    if (typeof part === 'string') return string(part);
    if (typeof part === 'number') return speltNumber(part, pieces);
    if (part instanceof Map) {
      const members = [...(part as ReadonlyMap<string, JsonValue>)].map(
        ([key, member]) => `${space()}${string(key)}${space()}:${space()}${write(member)}${space()}`,
      );
      return `{${members.join(',') || space()}}`;
    }
    if (Array.isArray(part)) {
      return `[${part.map((item) => space() + write(item as JsonValue) + space()).join(',') || space()}]`;
    }
    return part === null ? 'null' : `${part as boolean}`;
  };
  return space() + write(value) + space();
}

function speltCharacter(character: string, pieces: () => number): string {
  const escaped = [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
  const plainForm = JSON.stringify(character).slice(1, -1);
  const choice = pieces() % 4;
  if (choice === 0) return escaped;
  if (choice === 1) return escaped.replace(/[a-f]/g, (digit) => digit.toUpperCase());
  return character === '/' && choice === 2 ? '\\/' : plainForm;
}

function speltNumber(value: number, pieces: () => number): string {
  const digits = BigInt(value).toString();
  switch (pieces() % 4) {
    case 0:
      return `${digits}.0`;
    case 1:
      return `${digits}e0`;
    case 2:
      return value === 0 ? '0E-1' : `${digits}0E-1`;
    default:
      return digits;
  }
}
