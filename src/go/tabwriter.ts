/**
 * Lays out columns as Go's text/tabwriter does with minimum width 4 and padding 4: every cell but the last of a row
 * is padded to the widest cell of its column.
 */

const padding = 4;
/** Shorter runs of spaces than this are made once. */
const maxSharedBlanks = 80;

/**
 * The rows as lines, each ending in a newline.
 *
 * @param widthOf columns that a cell takes on a terminal
 */
export function layOutColumns(
  rows: readonly (readonly string[])[],
  widthOf: (cell: string) => number,
): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (let column = 0; column < row.length - 1; column++) {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(row[column] ?? '') + padding);
    }
  }
  const blanks = Array.from({ length: maxSharedBlanks }, (_, count) => ' '.repeat(count));
  const lines: string[] = [];
  for (const row of rows) {
    let line = '';
    for (let column = 0; column < row.length; column++) {
      const cell = row[column] ?? '';
      line += cell;
      if (column === row.length - 1) continue;
      const count = (widths[column] ?? 0) - widthOf(cell);
      line += blanks[count] ?? ' '.repeat(count);
    }
    lines.push(line);
  }
  lines.push('');
  return lines.join('\n');
}
