/**
 * Checks the types of members that a Go server reads into typed fields, and that have no effect here: it refuses a
 * file in which one has another type (Notary 0.7.0).
 */

import { fromBase64 } from '../../encoding/bytes.ts';
import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { NotaryError } from '../../errors.ts';

/**
 * Checks the flag of consistent snapshots and both halves of every key; null and absence are a field's
 * zero value.
 *
 * @throws NotaryError INVALID_METADATA in the words of Go's JSON reader
 */
export function checkGoTypes(signed: JsonObject): void {
  const consistent = signed.get('consistent_snapshot') ?? null;
  if (consistent !== null && typeof consistent !== 'boolean') throw wrongType(consistent, 'bool');
  for (const holder of [signed, asMap(signed.get('delegations'))]) {
    for (const key of asMap(holder.get('keys')).values()) {
      const halves = asMap(asMap(key).get('keyval'));
      for (const name of ['private', 'public']) checkBytes(halves.get(name) ?? null);
    }
  }
}

function asMap(value: JsonValue | undefined): JsonObject {
  return value instanceof Map ? (value as JsonObject) : new Map<string, JsonValue>();
}

function checkBytes(value: JsonValue): void {
  if (value === null) return;
  if (Array.isArray(value)) {
    const [stranger] = (value as readonly JsonValue[]).filter((item) => typeof item !== 'number');
    if (stranger !== undefined) throw wrongType(stranger, 'uint8');
    return;
  }
  if (typeof value !== 'string') throw wrongType(value, '[]uint8');
  if (fromBase64(value) === undefined) throw invalid(`illegal base64 data at input byte ${firstBad(value)}`);
}

/** Where Go's decoder gives up: at an invalid character, or at the incomplete group. */
function firstBad(text: string): number {
  const good = /^[A-Za-z0-9+/]*/.exec(text)?.[0].length ?? 0;
  return good < text.length ? good : good - (good % 4);
}

function wrongType(value: JsonValue, type: string): NotaryError {
  return invalid(`json: cannot unmarshal ${kindOf(value)} into Go value of type ${type}`);
}

function kindOf(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  if (value instanceof Map) return 'object';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function invalid(message: string): NotaryError {
  return new NotaryError('INVALID_METADATA', message);
}
