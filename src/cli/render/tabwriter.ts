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
  const widths: number[] = [];
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, codePoints(cell) + padding);
    });
  }
  return rows
    .map(
      (row) =>
        `${row.map((cell, column) => padCell(cell, widths[column], column === row.length - 1)).join('')}\n`,
    )
    .join('');
}

function padCell(cell: string, width: number | undefined, last: boolean): string {
  return last ? cell : cell + ' '.repeat((width ?? 0) - codePoints(cell));
}

function codePoints(text: string): number {
  return Array.from(text).length;
}
