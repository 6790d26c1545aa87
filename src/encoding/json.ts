/**
 * Reads JSON: the one reader for everything that comes from outside or from disk.
 *
 * Stricter than JSON.parse where a lax reader would let two readers see two documents: repeated
 * member names, lone surrogates, invalid UTF-8, excessive depth and numbers that are not exact are
 * refused. Objects become Maps, so that a member named `__proto__` is a member like any other.
 */

import { isPlain } from './ascii-checks.ts';
import { fromUtf8, utf8 } from './bytes.ts';
import { JsonReader } from './json-reader.ts';
import {
  type JsonObject,
  type JsonOptions,
  type JsonValue,
  malformed,
  type TextFacts,
} from './json-value.ts';

/**
 * Reads one JSON document.
 *
 * @throws NotaryError MALFORMED_JSON, worded as Go's encoding/json where it has a wording.
 */
export function readJson(bytes: Uint8Array, options: JsonOptions = {}): JsonValue {
  const text = fromUtf8(bytes);
  return new JsonReader(text, factsOf(text, bytes), options).document();
}

function factsOf(text: string, bytes: Uint8Array): TextFacts {
  return { ascii: text.length === bytes.length, plain: isPlain(bytes) };
}

export interface JsonWithText {
  readonly value: JsonValue;
  /** The bytes of the wanted member, if they are its canonical form; undefined does not say that they are not. */
  readonly text: Uint8Array | undefined;
}

/**
 * As `readJson`, and says where a member of the document stands in canonical form already, so that it need
 * not be written again to be verified: no white space, members in order, no escapes, plain integers.
 *
 * @throws NotaryError MALFORMED_JSON
 */
export function readJsonWithText(bytes: Uint8Array, member: string): JsonWithText {
  const text = fromUtf8(bytes);
  const facts = factsOf(text, bytes);
  const reader = new JsonReader(text, facts, {}, member);
  const value = reader.document();
  if (reader.found === undefined) return { value, text: undefined };
  const [start, end] = reader.found;
  return { value, text: facts.ascii ? bytes.subarray(start, end) : utf8(text.slice(start, end)) };
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
