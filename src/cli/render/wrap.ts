/** Wraps help texts at a width: paragraphs, hanging lists, columns and command lines. It never breaks a word. */

/** The width of help where there is no terminal, or one of unknown width. */
export const defaultWidth = 80;

const minWidth = 40;
/** Longer lines are hard to read. */
const maxWidth = 120;
/** The indentation from which a line of a guide is a command to copy. */
const commandIndent = 5;

/** The width to wrap at on a terminal of so many columns; undefined without a terminal. */
export function helpWidth(columns: number | undefined): number {
  if (columns === undefined || columns <= 0) return defaultWidth;
  return Math.min(Math.max(columns, minWidth), maxWidth);
}

/**
 * Reflows a text: the lines of a paragraph are joined and wrapped. `1. text`, and `term  meaning` after two spaces,
 * are hanging items, whose later lines stand below their text. Lines indented by five or more are commands.
 */
export function wrapText(text: string, width: number): string {
  const lines: string[] = [];
  let item: { text: string; indent: number } | undefined;
  const endItem = () => {
    if (item !== undefined) for (const line of wrapped(item.text, width, item.indent)) lines.push(line);
    item = undefined;
  };
  for (const line of text.split('\n')) {
    const indent = line.length - line.trimStart().length;
    if (item !== undefined && line !== '' && !startsItem(line) && indent === item.indent) {
      item.text += ` ${line.trimStart()}`;
      continue;
    }
    endItem();
    if (line === '') lines.push('');
    else if (indent === commandIndent) lines.push(wrapCommand(line, width));
    else item = { text: line, indent: hangOf(line) };
  }
  endItem();
  return lines.join('\n');
}

/** A row of two columns: the left one with its padding, and a text that wraps within the right one. */
export function wrapRow(left: string, right: string, width: number): string {
  return wrapped(left + right, width, left.length).join('\n');
}

/** A line whose later parts are indented by so many columns. */
export function wrapLine(text: string, width: number, indent: number): string {
  return wrapped(text, width, indent).join('\n');
}

/** A command line, broken with backslashes where it is too long, so that it can still be copied. */
export function wrapCommand(line: string, width: number): string {
  const indent = line.length - line.trimStart().length;
  if (line.length <= width) return line;
  const hang = ' '.repeat(indent + 4);
  const lines: string[] = [];
  let current = ' '.repeat(indent);
  let empty = true;
  for (const word of shellWords(line.trim())) {
    // Room for the backslash.
    if (!empty && current.length + 1 + word.length > width - 2) {
      lines.push(`${current} \\`);
      current = hang + word;
    } else current += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, current].join('\n');
}

/** The words of a command line, those in quotes left whole. */
function shellWords(line: string): readonly string[] {
  return line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
}

function startsItem(line: string): boolean {
  return /^(?:\d+\. | {2}\S)/.test(line);
}

/** Where later lines of a paragraph begin that starts with this line. */
function hangOf(line: string): number {
  const [start = ''] = /^(?:\d+\. | {2}\S+(?: \S+)* {2,}(?=\S)| *)/.exec(line) ?? [];
  return start.length;
}

/** Breaks at single spaces; runs of spaces, which align columns, stay. */
function wrapped(text: string, width: number, indent: number): readonly string[] {
  const hang = ' '.repeat(Math.min(indent, Math.floor(width / 2)));
  const lines: string[] = [];
  let rest = text;
  let least = indent;
  while (rest.length > width) {
    const before = rest.lastIndexOf(' ', width);
    const at = before > least ? before : rest.indexOf(' ', Math.max(width, least));
    if (at < 0) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = hang + rest.slice(at).trimStart();
    least = hang.length;
  }
  return [...lines, rest];
}
