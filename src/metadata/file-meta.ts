/** What metadata records of a file or a target: length, hashes, custom data. */

import { fromBase64 } from '../encoding/bytes.ts';
import { asInteger, asObject, asString, type JsonObject, type JsonValue } from '../encoding/json.ts';
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
  const object = asObject(value, what);
  const length = asInteger(object.get('length'), `length of ${what}`);
  const hashes = new Map<string, string>();
  const listed = object.get('hashes');
  if (listed !== null && listed !== undefined) {
    for (const [algorithm, hash] of asObject(listed, `hashes of ${what}`)) {
      const text = asString(hash, `${algorithm} of ${what}`);
      if (fromBase64(text) === undefined) {
        throw new NotaryError('INVALID_METADATA', `${algorithm} of ${what} is not base64`);
      }
      hashes.set(algorithm, text);
    }
  }
  const custom = object.get('custom');
  return custom === undefined || custom === null ? { length, hashes } : { length, hashes, custom };
}

/** The entry as metadata writes it; `custom` is left out when there is none. */
export function fileMetaToJson(meta: FileMeta): JsonObject {
  const object = new Map<string, JsonValue>();
  if (meta.custom !== undefined) object.set('custom', meta.custom);
  object.set('hashes', new Map(meta.hashes));
  object.set('length', meta.length);
  return object;
}

/** Reads a `meta` or `targets` member: names to file records. */
export function parseFileMetas(value: JsonValue | undefined, what: string): Map<string, FileMeta> {
  const metas = new Map<string, FileMeta>();
  if (value === null || value === undefined) return metas;
  for (const [name, meta] of asObject(value, what))
    metas.set(name, parseFileMeta(meta, JSON.stringify(name)));
  return metas;
}

export function fileMetasToJson(metas: ReadonlyMap<string, FileMeta>): JsonObject {
  return new Map([...metas].map(([name, meta]) => [name, fileMetaToJson(meta)]));
}
