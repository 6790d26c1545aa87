/** How the result of a command is shown. */

import type { JsonValue } from '../../encoding/json-value.ts';

/** Data that JSON can hold: what `--json` prints. */
export type JsonData =
  | null
  | boolean
  | number
  | string
  | readonly JsonData[]
  | { readonly [name: string]: JsonData };

/** Turns the result of a command into what standard output gets. */
export interface View<Data> {
  /** For people: as Notary prints it, final newline included. */
  text(data: Data): string;
  /** For programs: the document of `--json`. */
  json(data: Data): JsonData;
}

/** A document that was read strictly (custom data of a target) as plain data. */
export function plainData(value: JsonValue): JsonData {
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, JsonValue>)];
    return Object.fromEntries(members.map(([name, member]) => [name, plainData(member)]));
  }
  return Array.isArray(value) ? value.map(plainData) : (value as JsonData);
}
