/**
 * Columns as Go's text/tabwriter lays them out with minimum width 4 and padding 4: every cell but the
 * last of a row is padded to the widest cell of its column. Widths count code points.
 */

import { isPlainCell, visibleCell } from './text-gate.ts';

const padding = 4;
/** Shorter runs of spaces than this are made once. */
const mostKept = 80;

/** Header row, a row of dashes under each header word, and the rows, each ending in a newline. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const dashes = headers.map((header) => '-'.repeat(header.length));
  // Plain cells, as most are, are as wide as they are long; there may be hundreds of thousands.
  if (rows.every((row) => row.every(isPlainCell)))
    return layOut([headers, dashes, ...rows], (cell) => cell.length);
  return layOut([headers, dashes, ...rows.map((row) => row.map(visibleCell))], codePoints);
}

function layOut(rows: readonly (readonly string[])[], widthOf: (cell: string) => number): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (let column = 0; column < row.length - 1; column++) {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(row[column] ?? '') + padding);
    }
  }
  const blanks = Array.from({ length: mostKept }, (_, count) => ' '.repeat(count));
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

function codePoints(text: string): number {
  return Array.from(text).length;
}
