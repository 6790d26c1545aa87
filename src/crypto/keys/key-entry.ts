/** Writes the key entries of metadata; apart from what computes IDs of them, which loads node:crypto. */

import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';

/** The key entry of metadata, in the canonical order of members, which is also the order there. */
export function publicKeyToJson(key: { readonly keyType: string; readonly value: string }): JsonObject {
  return new Map<string, JsonValue>([
    ['keytype', key.keyType],
    [
      'keyval',
      new Map<string, JsonValue>([
        ['private', null],
        ['public', key.value],
      ]),
    ],
  ]);
}
