/** Quotes text as Go's `%q` does: double quotes, escapes for everything that does not print. */

const escapes = new Map([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
]);
/**
 * As Go's unicode.IsPrint, less what prints as nothing (selectors, fillers, joiners). The classes of Unicode are made
 * when the first is wanted: that takes longer than all else that a short command does.
 */
const isPrintable = (point: string): boolean =>
  /^[ -~]$/.test(point) || /^(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(point);

/** `%q` of a string. */
export function goQuote(text: string): string {
  return `"${Array.from(text, (point) => (point === '"' ? '\\"' : escapePoint(point))).join('')}"`;
}

/** `%q` of a single character. */
export function goQuoteCharacter(point: string): string {
  return `'${point === "'" ? "\\'" : escapePoint(point)}'`;
}

function escapePoint(point: string): string {
  const short = escapes.get(point);
  if (short !== undefined) return short;
  if (isPrintable(point)) return point;
  const code = point.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

/** `%#q` of a list of strings: each in backquotes where Go can, else as `%q`. */
export function goQuoteList(texts: readonly string[]): string {
  const plain = (text: string) => Array.from(text).every((point) => point === '\t' || isPrintable(point));
  const quoted = texts.map((text) => (plain(text) && !text.includes('`') ? `\`${text}\`` : goQuote(text)));
  return `[${quoted.join(' ')}]`;
}
