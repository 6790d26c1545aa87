/** Models what metadata records of a file or a target: length, hashes, custom data. */

import { isBase64 } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/canonical-json.ts';
import { asObject } from '../encoding/json.ts';
import type { JsonObject, JsonValue } from '../encoding/json-value.ts';
import { NotaryError } from '../errors.ts';

export interface FileMeta {
  /** Bytes. */
  readonly length: number;
  /** Algorithm name to base64; names other than sha256 and sha512 are kept and not used. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly custom?: JsonValue;
}

/** @throws NotaryError MALFORMED_JSON, INVALID_METADATA for a hash that is not base64 */
export function parseFileMeta(value: JsonValue | undefined, what: string): FileMeta {
  return parseNamed(value, () => what);
}

/** @param what names the record for messages: there may be very many of them, and hardly ever a message */
function parseNamed(value: JsonValue | undefined, what: () => string): FileMeta {
  if (!(value instanceof Map)) throw notA('an object', what());
  const object = value as JsonObject;
  const length = object.get('length');
  if (typeof length !== 'number' || !Number.isSafeInteger(length))
    throw notA('an integer', `length of ${what()}`);
  const hashes = parseHashes(object.get('hashes'), what);
  const custom = object.get('custom');
  return custom === undefined || custom === null ? { length, hashes } : { length, hashes, custom };
}

function parseHashes(listed: JsonValue | undefined, what: () => string): ReadonlyMap<string, string> {
  if (listed === null || listed === undefined) return new Map();
  if (!(listed instanceof Map)) throw notA('an object', `hashes of ${what()}`);
  for (const [algorithm, hash] of listed as JsonObject) {
    if (typeof hash !== 'string') throw notA('a string', `${algorithm} of ${what()}`);
    if (!isBase64(hash)) {
      throw new NotaryError('INVALID_METADATA', `${algorithm} of ${what()} is not base64`);
    }
  }
  return listed as ReadonlyMap<string, string>;
}

function notA(kind: string, what: string): NotaryError {
  return new NotaryError('MALFORMED_JSON', `${what} is not ${kind}`);
}

/** The entry as metadata writes it; `custom` is left out when there is none. */
export function fileMetaToJson(meta: FileMeta): JsonObject {
  const object = new Map<string, JsonValue>();
  if (meta.custom !== undefined) object.set('custom', meta.custom);
  object.set('hashes', new Map(meta.hashes));
  object.set('length', meta.length);
  return object;
}

/** True when two records say the same, custom data included. */
export function sameFileMeta(left: FileMeta, right: FileMeta): boolean {
  if (left === right) return true;
  if (left.length !== right.length || !sameHashes(left.hashes, right.hashes)) return false;
  if (left.custom === undefined || right.custom === undefined) return left.custom === right.custom;
  return canonicalJson(left.custom) === canonicalJson(right.custom);
}

function sameHashes(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  if (left.size !== right.size) return false;
  for (const [algorithm, hash] of left) if (right.get(algorithm) !== hash) return false;
  return true;
}

/** Reads a `meta` or `targets` member: names to file records. */
export function parseFileMetas(value: JsonValue | undefined, what: string): Map<string, FileMeta> {
  const metas = new Map<string, FileMeta>();
  if (value === null || value === undefined) return metas;
  for (const [name, meta] of asObject(value, what))
    metas.set(
      name,
      parseNamed(meta, () => JSON.stringify(name)),
    );
  return metas;
}

export function fileMetasToJson(metas: ReadonlyMap<string, FileMeta>): JsonObject {
  return new Map([...metas].map(([name, meta]) => [name, fileMetaToJson(meta)]));
}
