/**
 * Columns as Go's text/tabwriter lays them out with minimum width 4 and padding 4: every cell but the
 * last of a row is padded to the widest cell of its column. Widths count code points.
 */

import { visibleCell } from './text-gate.ts';

const padding = 4;

/** Header row, a row of dashes under each header word, and the rows, each ending in a newline. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const dashes = headers.map((header) => '-'.repeat(header.length));
  return layOut([headers, dashes, ...rows.map((row) => row.map(visibleCell))]);
}

function layOut(rows: readonly (readonly string[])[]): string {
  // Cells of ASCII, as most are, are as wide as they are long; there may be hundreds of thousands.
  const width = rows.every((row) => row.every((cell) => ascii.test(cell)))
    ? (cell: string) => cell.length
    : codePoints;
  const widths: number[] = [];
  for (const row of rows) {
    for (let column = 0; column < row.length - 1; column++) {
      widths[column] = Math.max(widths[column] ?? 0, width(row[column] ?? '') + padding);
    }
  }
  const lines: string[] = [];
  for (const row of rows) {
    let line = '';
    for (let column = 0; column < row.length; column++) {
      const cell = row[column] ?? '';
      line += cell;
      if (column < row.length - 1) line += ' '.repeat((widths[column] ?? 0) - width(cell));
    }
    lines.push(line);
  }
  lines.push('');
  return lines.join('\n');
}

const ascii = /^[\x00-\x7f]*$/;

function codePoints(text: string): number {
  return ascii.test(text) ? text.length : Array.from(text).length;
}
