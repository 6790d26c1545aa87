/** Reads and writes key entries and role entries of metadata. */

import { publicKeyToJson } from '../crypto/keys/key-entry.ts';
import { asListedKeyId, type ListedKeyId } from '../crypto/keys/key-id.ts';
import type { PublicKey } from '../crypto/keys/public-key.ts';
import { asArray, asInteger, asObject, asString } from '../encoding/json.ts';
import type { JsonObject, JsonValue } from '../encoding/json-value.ts';

/** Key IDs and threshold of a role. */
export interface RoleKeys {
  /** TUF IDs, in the order in which they were added. */
  readonly keyIds: readonly ListedKeyId[];
  readonly threshold: number;
}

/** `{"keytype":…,"keyval":{"public":…}}`; a private part, which no writer should include, is not read. */
export function parsePublicKey(value: JsonValue | undefined): PublicKey {
  const object = asObject(value, 'key');
  const keyval = asObject(object.get('keyval'), 'keyval');
  return {
    keyType: asString(object.get('keytype'), 'keytype'),
    value: asString(keyval.get('public'), 'public part of a key'),
  };
}

export function parseKeys(value: JsonValue | undefined): Map<ListedKeyId, PublicKey> {
  const keys = new Map<ListedKeyId, PublicKey>();
  if (value === null || value === undefined) return keys;
  for (const [id, key] of asObject(value, 'keys')) keys.set(asListedKeyId(id), parsePublicKey(key));
  return keys;
}

export function keysToJson(keys: ReadonlyMap<ListedKeyId, PublicKey>): JsonObject {
  return new Map([...keys].map(([id, key]) => [id, publicKeyToJson(key)]));
}

export function parseRoleKeys(object: JsonObject, what: string): RoleKeys {
  return {
    keyIds: asArray(object.get('keyids'), `key IDs of ${what}`).map((id) =>
      asListedKeyId(asString(id, `key ID of ${what}`)),
    ),
    threshold: asInteger(object.get('threshold'), `threshold of ${what}`),
  };
}
