/** Puts text from outside on one line, for messages. */

const maxLength = 300;

/** The text on one line, without control characters, and cut after 300 characters. */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  // Half a surrogate pair would be no text any more.
  return line.length > maxLength ? `${line.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '')}…` : line;
}
