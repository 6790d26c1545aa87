/** Looks settings up as viper does: names without regard to case, dotted names one level or several. */

import type { JsonObject, JsonValue } from '../../encoding/json-value.ts';
import { parseBool } from '../../go/parse-bool.ts';

/** The value at a dotted path, or undefined; null counts as not set. */
export function findSetting(settings: JsonObject, path: string): JsonValue | undefined {
  const words = path.split('.');
  for (let length = words.length; length > 0; length--) {
    const value = valueOf(settings, words.slice(0, length).join('.'));
    if (length === words.length) {
      if (value !== undefined) return value;
    } else if (value instanceof Map) {
      const inner = findSetting(value as JsonObject, words.slice(length).join('.'));
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}

/** A setting as text: numbers and booleans in words, anything else that is no text as nothing. */
export function textSetting(settings: JsonObject, path: string): string | undefined {
  const value = findSetting(settings, path);
  if (value === undefined || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value).toString() : String(value);
  return typeof value === 'boolean' ? String(value) : '';
}

/** A switch: true, or one of Go's words for it. Anything else is false. */
export function switchSetting(settings: JsonObject, path: string): boolean {
  const value = findSetting(settings, path);
  return value === true || (typeof value === 'string' && parseBool(value) === true);
}

function valueOf(settings: JsonObject, name: string): JsonValue | undefined {
  let found = settings.get(name);
  if (found === undefined) {
    for (const [key, value] of settings) if (key.toLowerCase() === name.toLowerCase()) found ??= value;
  }
  return found === null ? undefined : found;
}
