/** Turns JSON documents into plain data, for callers that do not sign them again. */

import type { JsonValue } from './json-value.ts';

/** Data that JSON can hold, as JavaScript's own values. */
export type JsonData =
  | null
  | boolean
  | number
  | string
  | readonly JsonData[]
  | { readonly [name: string]: JsonData };

/** A document that was read strictly (custom data of a target) as plain data. */
export function plainData(value: JsonValue): JsonData {
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, JsonValue>)];
    return Object.fromEntries(members.map(([name, member]) => [name, plainData(member)]));
  }
  return Array.isArray(value) ? value.map(plainData) : (value as JsonData);
}
