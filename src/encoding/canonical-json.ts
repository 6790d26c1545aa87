/**
 * Writes the bytes that Notary signs and the bytes that Notary writes.
 *
 * Notary's canonical JSON (the docker/go canonical encoder) is neither RFC 8785 nor OLPC's: members
 * are sorted by UTF-8 bytes, only `\` and `"` are escaped, control characters stay raw, numbers are
 * integers. The form in files differs once more: Go's encoder escapes the characters that are unsafe
 * in HTML. The server hashes what it re-serialises, so every byte here decides whether an upload can
 * be read back.
 */

import { NotaryError } from '../errors.ts';
import { compareUtf8 } from './bytes.ts';
import type { JsonValue } from './json-value.ts';

/** Replacing many characters of one string takes some hundred bytes for each of them while it lasts. */
const pieceLength = 65_536;

function quote(text: string): string {
  if (!/[\\"]/.test(text)) return `"${text}"`;
  const pieces = [];
  for (let at = 0; at < text.length; at += pieceLength) {
    pieces.push(text.slice(at, at + pieceLength).replace(/[\\"]/g, '\\$&'));
  }
  return `"${pieces.join('')}"`;
}

function number(value: number): string {
  if (!Number.isInteger(value)) {
    throw new NotaryError('MALFORMED_JSON', `canonical JSON has integers only, not ${value}`);
  }
  return Number.isSafeInteger(value) ? String(value === 0 ? 0 : value) : BigInt(value).toString();
}

/**
 * Canonical JSON text: the message of every signature and the input of every key ID.
 *
 * @throws NotaryError MALFORMED_JSON for a number that is not an integer.
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return number(value);
    case 'string':
      return quote(value);
    default:
      break;
  }
  if (value instanceof Map) {
    const members = value as ReadonlyMap<string, JsonValue>;
    const names = [...members.keys()].sort(compareUtf8);
    return `{${names.map((name) => `${quote(name)}:${canonicalJson(members.get(name) ?? null)}`).join(',')}}`;
  }
  return `[${(value as readonly JsonValue[]).map(canonicalJson).join(',')}]`;
}

/** Escapes what Go's encoder escapes for HTML's sake. Applied to canonical text it gives the text in files. */
export function escapeHtml(text: string): string {
  return text.replace(
    /[<>&\u2028\u2029]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Compact JSON as Go's encoding/json prints it, members in the order of the Map: the form of change
 * files and of bodies sent to people. Control characters are escaped, as are HTML's.
 */
export function goJson(value: JsonValue): string {
  if (typeof value === 'string') return goString(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return number(value);
  if (value instanceof Map) {
    const members = value as ReadonlyMap<string, JsonValue>;
    return `{${[...members].map(([name, member]) => `${goString(name)}:${goJson(member)}`).join(',')}}`;
  }
  return `[${(value as readonly JsonValue[]).map(goJson).join(',')}]`;
}

function goString(text: string): string {
  // JSON.stringify differs from Go only in \b and \f, which Go writes as \u0008 and \u000c.
  const json = JSON.stringify(text.toWellFormed()).replace(/\\(.)/g, (escape, unit: string) => {
    if (unit === 'b') return '\\u0008';
    if (unit === 'f') return '\\u000c';
    return escape;
  });
  return escapeHtml(json);
}
