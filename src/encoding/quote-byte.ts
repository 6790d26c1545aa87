/** Quotes characters as the messages of Go's encoding/json do. */

import { utf8 } from './bytes.ts';

const shortEscapes = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x0b, '\\v'],
  [0x27, "\\'"],
  [0x5c, '\\\\'],
]);

/**
 * A character as Go's JSON errors show it. Go looks at bytes, so that of a longer character it shows the
 * first one, as if it were Latin-1.
 *
 * @param point a Unicode code point
 */
export function quoteByte(point: number): string {
  const byte = utf8(String.fromCodePoint(point))[0] ?? 0;
  const plain =
    byte < 0x20 || byte === 0x7f ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte);
  return `'${shortEscapes.get(byte) ?? plain}'`;
}
