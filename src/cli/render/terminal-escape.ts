/**
 * Escapes text from outside before a terminal shows it, so that no name can forge a row, move the cursor or look
 * like another name. Everything without a shape of its own becomes a visible escape: control characters (C0, DEL,
 * C1), the controls that reorder text, invisible characters, blanks other than the space, characters that no font
 * knows, lone surrogates, and marks that are another spelling of a letter (Unicode, UAX 15). The original shows
 * them raw.
 *
 * It does not distinguish letters of different alphabets that look alike.
 */

const plain = /^[\x20-\x5b\x5d-\x7e]*$/;
/** Also excludes spaces that look like padding. */
const plainCell = /^(?:[\x21-\x5b\x5d-\x7e]+(?: [\x21-\x5b\x5d-\x7e]+)*)?$/;
/** What follows a backslash in an escape that this file makes. */
const escapeBody = /^(?:\\|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})/;
/** More marks on one letter run into the lines above and below. */
const maxMarks = 8;

// Within functions, since making classes of Unicode takes longer than all else that a short command does.
const isShapeless = (point: string): boolean =>
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u.test(
    point,
  );
const isCombining = (point: string): boolean => /\p{M}/u.test(point);

/**
 * Text with escapes `\xNN`, `\uNNNN` and `\UNNNNNNNN` for what must not reach a terminal.
 *
 * Reversible: a backslash that would read as the start of an escape is doubled, every other one stays
 * as it is, so two different texts never look the same.
 */
export function escapeForTerminal(text: string): string {
  if (plain.test(text)) return text;
  const points = Array.from(text);
  return shown(points, hiddenPoints(points));
}

/** True for a cell of ASCII that is shown as it is. */
export function isPlainCell(text: string): boolean {
  return plainCell.test(text);
}

/** As `escapeForTerminal`, for a cell of a table: spaces that look like its padding are escaped, too. */
export function escapeCell(text: string): string {
  if (isPlainCell(text)) return text;
  const points = Array.from(text);
  const hidden = hiddenPoints(points);
  points.forEach((point, index) => {
    const outer = index === 0 || index === points.length - 1;
    if (point === ' ' && (outer || points[index - 1] === ' ')) hidden[index] = true;
  });
  return shown(points, hidden);
}

function hiddenPoints(points: readonly string[]): boolean[] {
  // The letter that is being written, with its marks.
  let letter = '';
  return points.map((point) => {
    const isMark = isCombining(point);
    const written = letter + point;
    const astray = isMark && (letter === '' || letter.length > maxMarks);
    const hidden = astray || isShapeless(point) || written.normalize('NFC') !== written;
    letter = hidden ? '' : isMark ? written : point;
    return hidden;
  });
}

function shown(points: readonly string[], hidden: readonly boolean[]): string {
  return points
    .map((point, index) => {
      if (hidden[index] === true) return escaped(point);
      const ambiguous =
        point === '\\' &&
        (hidden[index + 1] === true || escapeBody.test(points.slice(index + 1, index + 10).join('')));
      return ambiguous ? '\\\\' : point;
    })
    .join('');
}

function escaped(point: string): string {
  const code = point.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}

/**
 * JSON text in which all such characters within strings are JSON escapes: the same document, and safe
 * to show.
 */
export function visibleJson(json: string): string {
  if (plain.test(json)) return json;
  return Array.from(json, (point) => {
    if (!isShapeless(point)) return point;
    const units = Array.from({ length: point.length }, (_, index) => point.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  }).join('');
}

/** A template for messages that contain text from outside: every value is escaped. */
export function terminalSafe(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return parts.map((part, index) => part + escapeForTerminal(String(values[index] ?? ''))).join('');
}
