/**
 * The one JSON reader for everything that comes from outside or from disk.
 *
 * Stricter than JSON.parse where a lax reader would let two readers see two documents: repeated
 * member names, lone surrogates, invalid UTF-8, excessive depth and numbers that are not exact are
 * refused. Objects become Maps, so that a member named `__proto__` is a member like any other.
 */

import { NotaryError } from '../errors.ts';
import { fromUtf8 } from './bytes.ts';
import { quoteByte } from './quote-byte.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

export interface JsonOptions {
  /** Deepest nesting of arrays and objects. Default 64. */
  readonly maxDepth?: number;
  /** Accept fractions and exponents that do not yield an integer. Default false: trust data has none. */
  readonly fractions?: boolean;
}

const whole = 2 ** 63;
/** So much of a member's name is shown when it is refused. */
const longestShown = 100;

/**
 * Bytes that a text (two for each unit) and its tree may take together. A file of 250,000 targets stays below
 * that; what would take a multiple of its length in memory does not.
 */
const maxMemory = 320 * 1024 * 1024;

/** About how many bytes values take in memory (V8, 64 bits). */
const memoryOf = { object: 200, member: 50, list: 40, firstItem: 150, item: 24, text: 40 };

/** Member names that come again and again are kept once. */
const maxNames = 256;

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #fractions: boolean;
  readonly #names = new Map<string, string>();
  #memory: number;
  #at = 0;

  constructor(text: string, options: JsonOptions) {
    this.#text = text;
    this.#memory = 2 * text.length;
    this.#maxDepth = options.maxDepth ?? 64;
    this.#fractions = options.fractions ?? false;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value');
    return value;
  }

  #value(depth: number): JsonValue {
    this.#space();
    const unit = this.#text.charCodeAt(this.#at);
    switch (unit) {
      case 0x7b:
        return this.#object(depth + 1);
      case 0x5b:
        return this.#array(depth + 1);
      case 0x22:
        return this.#string();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        if (unit === 0x2d || (unit >= 0x30 && unit <= 0x39)) return this.#number();
        throw this.#unexpected('looking for beginning of value');
    }
  }

  #object(depth: number): JsonObject {
    this.#enter(depth, memoryOf.object);
    const members = new Map<string, JsonValue>();
    if (this.#closes(0x7d)) return members;
    for (;;) {
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== 0x22) {
        throw this.#unexpected('looking for beginning of object key string');
      }
      const name = this.#name();
      if (members.has(name))
        throw malformed(`repeated member name ${JSON.stringify(name.slice(0, longestShown))}`);
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== 0x3a) throw this.#unexpected('after object key');
      this.#at++;
      this.#take(memoryOf.member);
      members.set(name, this.#value(depth));
      if (this.#ends(0x7d, 'after object key:value pair')) return members;
    }
  }

  #array(depth: number): readonly JsonValue[] {
    this.#enter(depth, memoryOf.list);
    const items: JsonValue[] = [];
    if (this.#closes(0x5d)) return items;
    this.#take(memoryOf.firstItem);
    for (;;) {
      this.#take(memoryOf.item);
      items.push(this.#value(depth));
      if (this.#ends(0x5d, 'after array element')) return items;
    }
  }

  #enter(depth: number, memory: number): void {
    if (depth > this.#maxDepth) throw malformed(`nested deeper than ${this.#maxDepth} levels`);
    this.#take(memory);
    this.#at++;
  }

  #take(memory: number): void {
    this.#memory += memory;
    if (this.#memory > maxMemory) throw malformed('more values than there is memory for');
  }

  #closes(bracket: number): boolean {
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== bracket) return false;
    this.#at++;
    return true;
  }

  #ends(bracket: number, where: string): boolean {
    this.#space();
    const unit = this.#text.charCodeAt(this.#at);
    if (unit !== bracket && unit !== 0x2c) throw this.#unexpected(where);
    this.#at++;
    return unit === bracket;
  }

  #name(): string {
    const before = this.#memory;
    const name = this.#string();
    const known = this.#names.get(name);
    if (known !== undefined) this.#memory = before;
    else if (this.#names.size < maxNames) this.#names.set(name, name);
    return known ?? name;
  }

  #string(): string {
    this.#take(memoryOf.text);
    const start = this.#at + 1;
    let plain = true;
    let at = start;
    for (; ; at++) {
      const unit = this.#text.charCodeAt(at);
      if (unit === 0x22) break;
      if (unit === 0x5c) {
        plain = false;
        at = this.#escape(at);
      } else if (unit < 0x20 || Number.isNaN(unit)) {
        this.#at = at;
        throw this.#unexpected('in string literal');
      }
    }
    this.#at = at + 1;
    const raw = this.#text.slice(start, at);
    if (plain) return raw;
    // eslint-disable-next-line no-restricted-syntax -- a single string literal, checked by this reader
    const text: unknown = JSON.parse(`"${raw}"`);
    if (typeof text !== 'string' || !text.isWellFormed()) throw malformed('lone surrogate in string literal');
    return text;
  }

  /** The place of the last unit of the escape that starts with a backslash here. */
  #escape(backslash: number): number {
    this.#at = backslash + 1;
    const unit = this.#text.charAt(this.#at);
    if (unit === '' || !'"\\/bfnrtu'.includes(unit)) throw this.#unexpected('in string escape code');
    if (unit !== 'u') return this.#at;
    for (let digit = 0; digit < 4; digit++) {
      this.#at++;
      if (!/[0-9a-fA-F]/.test(this.#text.charAt(this.#at))) {
        throw this.#unexpected('in \\u hexadecimal character escape');
      }
    }
    return this.#at;
  }

  #number(): number {
    const start = this.#at;
    if (this.#text[this.#at] === '-') this.#at++;
    if (this.#text[this.#at] === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (/[eE]/.test(this.#text.charAt(this.#at))) {
      this.#at++;
      if (/[-+]/.test(this.#text.charAt(this.#at))) this.#at++;
      this.#digits('in exponent of numeric literal');
    }
    const literal = this.#text.slice(start, this.#at);
    const value = Number(literal);
    if (this.#fractions && Number.isFinite(value)) return value;
    if (!Number.isInteger(value) || Math.abs(value) >= whole) {
      throw malformed(`number ${literal.slice(0, 40)} is not an integer`);
    }
    return value === 0 ? 0 : value;
  }

  #digits(where: string): void {
    const start = this.#at;
    while (/[0-9]/.test(this.#text.charAt(this.#at))) this.#at++;
    if (this.#at === start) throw this.#unexpected(where);
  }

  #word<T extends boolean | null>(word: string, value: T): T {
    for (const letter of word) {
      if (this.#text[this.#at] !== letter)
        throw this.#unexpected(`in literal ${word} (expecting '${letter}')`);
      this.#at++;
    }
    return value;
  }

  #space(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at++;
    }
  }

  /** The wording of Go's encoding/json, which Notary shows as it is. */
  #unexpected(where: string): NotaryError {
    const point = this.#text.codePointAt(this.#at);
    if (point === undefined) return malformed('unexpected end of JSON input');
    return malformed(`invalid character ${quoteByte(point)} ${where}`);
  }
}

function malformed(message: string, cause?: unknown): NotaryError {
  return new NotaryError('MALFORMED_JSON', message, { cause });
}

/**
 * Reads one JSON document.
 *
 * @throws NotaryError MALFORMED_JSON, worded as Go's encoding/json where it has a wording.
 */
export function readJson(bytes: Uint8Array, options: JsonOptions = {}): JsonValue {
  return new Reader(fromUtf8(bytes), options).document();
}

/** The value as an object, or a MALFORMED_JSON error that names what was expected. */
export function asObject(value: JsonValue | undefined, what: string): JsonObject {
  if (value instanceof Map) return value as JsonObject;
  throw malformed(`${what} is not an object`);
}

/** The value as a list; null counts as an empty one, as Go writes empty lists. */
export function asArray(value: JsonValue | undefined, what: string): readonly JsonValue[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value as readonly JsonValue[];
  throw malformed(`${what} is not a list`);
}

/** The value as a string, or a MALFORMED_JSON error. */
export function asString(value: JsonValue | undefined, what: string): string {
  if (typeof value === 'string') return value;
  throw malformed(`${what} is not a string`);
}

/** The value as an integer that a double holds exactly, or a MALFORMED_JSON error. */
export function asInteger(value: JsonValue | undefined, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw malformed(`${what} is not an integer`);
}
