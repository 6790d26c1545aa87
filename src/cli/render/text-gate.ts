/**
 * The gate between text from outside and a terminal. Control characters (C0, DEL, C1), the controls
 * that reorder text, line separators and lone surrogates become visible escapes, so that no name can forge a row,
 * move the cursor or look like another name. The original shows them raw.
 */

const dangerous = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u;
const escapable =
  /\\(?=\\|x[0-9a-f]{2}|u[0-9a-f]{4}|[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff])|[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu;

/**
 * Text with escapes `\xNN` and `\uNNNN` for what must not reach a terminal.
 *
 * Reversible: a backslash that would read as the start of an escape is doubled, every other one stays
 * as it is, so two different texts never look the same.
 */
export function visible(text: string): string {
  if (!dangerous.test(text) && !text.includes('\\')) return text;
  return text.replace(escapable, (match) => {
    if (match === '\\') return '\\\\';
    const code = match.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** A sentence of ours around texts from outside: every value passes the gate. */
export function sentence(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return parts.map((part, index) => part + visible(String(values[index] ?? ''))).join('');
}
