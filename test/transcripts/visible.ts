/** Writes characters that an editor hides or eats as visible signs, and reads them back. */

const signs: readonly (readonly [string, string])[] = [
  ['\t', '␉'],
  ['\r', '␍'],
  ['\u001b', '␛'],
  ['\u0003', '␃'],
];

/** One line (no newline in it) with its hidden characters and trailing blanks made visible. */
export function showLine(line: string): string {
  let text = line;
  for (const [hidden, sign] of signs) text = text.replaceAll(hidden, sign);
  return text.replace(/ +$/, (blanks) => '␠'.repeat(blanks.length));
}

/** The line that `showLine` was given. */
export function readLine(text: string): string {
  let line = text.replaceAll('␠', ' ');
  for (const [hidden, sign] of signs) line = line.replaceAll(sign, hidden);
  return line;
}
