/** Parses JSON for `json.ts`: in one pass the tree, and whether a member stands in canonical form already. */

import type { NotaryError } from '../errors.ts';
import { compareUtf8 } from './bytes.ts';
import {
  type JsonObject,
  type JsonOptions,
  type JsonValue,
  malformed,
  type TextFacts,
} from './json-value.ts';
import { quoteByte } from './quote-byte.ts';

const whole = 2 ** 63;
/** So much of a member's name is shown when it is refused. */
const maxShown = 100;

// A file of targets with the shortest names stays below; what takes yet more memory for its length does not.
/** Bytes that a text and its tree may take together: for a unit of the text, and for a short text. */
const memoryOfUnit = 6.5;
const memoryOfShort = 320 * 1024 * 1024;

/** About how many bytes values take in memory (V8, 64 bits). */
const memoryOf = { object: 200, member: 50, list: 40, firstItem: 150, item: 24, text: 40 };

/** Member names that come again and again are kept once. */
const maxNames = 256;

/** Reads the one document of a text. @throws NotaryError MALFORMED_JSON */
export class JsonReader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #fractions: boolean;
  readonly #names = new Map<string, string>();
  /** True when no text in the document needs escapes or holds controls: each then ends at the next quote. */
  readonly #plain: boolean;
  readonly #ascii: boolean;
  /** Bytes that values may still take. */
  #room: number;
  #at = 0;
  /** How often something was read that the canonical form writes in another way. */
  #deviations = 0;
  /** The member of the document whose text is wanted, and where it was found if that is canonical. */
  readonly #wanted: string | undefined;
  #found: readonly [start: number, end: number] | undefined;

  constructor(text: string, { ascii, plain }: TextFacts, options: JsonOptions, wanted?: string) {
    this.#text = text;
    this.#ascii = ascii;
    this.#plain = plain;
    this.#room = Math.max(memoryOfUnit * text.length, memoryOfShort) - 2 * text.length;
    this.#maxDepth = options.maxDepth ?? 64;
    this.#fractions = options.fractions ?? false;
    this.#wanted = wanted;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value');
    return value;
  }

  /** The canonical text of the wanted member, when it is that. */
  get found(): readonly [start: number, end: number] | undefined {
    return this.#found;
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
    let last: string | undefined;
    for (;;) {
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== 0x22) {
        throw this.#unexpected('looking for beginning of object key string');
      }
      const name = this.#name();
      // Names in order cannot repeat.
      if (last === undefined || this.#follows(last, name)) last = name;
      else if (members.has(name))
        throw malformed(`repeated member name ${JSON.stringify(name.slice(0, maxShown))}`);
      else this.#deviations++;
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== 0x3a) throw this.#unexpected('after object key');
      this.#at++;
      this.#take(memoryOf.member);
      members.set(name, depth === 1 && name === this.#wanted ? this.#wantedValue() : this.#value(depth));
      if (this.#ends(0x7d, 'after object key:value pair')) return members;
    }
  }

  #follows(last: string, name: string): boolean {
    return this.#ascii ? last < name : compareUtf8(last, name) < 0;
  }

  #wantedValue(): JsonValue {
    this.#space();
    const before = this.#deviations;
    const start = this.#at;
    const value = this.#value(1);
    if (this.#deviations === before) this.#found = [start, this.#at];
    return value;
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
    this.#room -= memory;
    if (this.#room < 0) throw malformed('more values than there is memory for');
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
    const before = this.#room;
    const name = this.#string();
    const known = this.#names.get(name);
    if (known !== undefined) this.#room = before;
    else if (this.#names.size < maxNames) this.#names.set(name, name);
    return known ?? name;
  }

  #string(): string {
    this.#take(memoryOf.text);
    if (this.#plain) {
      const start = this.#at + 1;
      const end = this.#text.indexOf('"', start);
      this.#at = end < 0 ? this.#text.length : end + 1;
      if (end < 0) throw this.#unexpected('in string literal');
      return this.#text.slice(start, end);
    }
    return this.#anyString();
  }

  #anyString(): string {
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
    this.#deviations++;
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
    const small = this.#smallNumber();
    if (small !== undefined) return small;
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
    if (literal !== BigInt(value).toString()) this.#deviations++;
    return value === 0 ? 0 : value;
  }

  /** A natural number of up to 15 digits without fraction or exponent, which is what most numbers are. */
  #smallNumber(): number | undefined {
    let value = 0;
    let at = this.#at;
    for (; at - this.#at < 15; at++) {
      const digit = this.#text.charCodeAt(at) - 0x30;
      if (!(digit >= 0 && digit <= 9)) break;
      value = 10 * value + digit;
    }
    const length = at - this.#at;
    const zeroFirst = length > 1 && this.#text.charCodeAt(this.#at) === 0x30;
    if (length === 0 || zeroFirst || /[.eE0-9]/.test(this.#text.charAt(at))) return undefined;
    this.#at = at;
    return value;
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
      this.#deviations++;
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
