/** Renders tables in Notary's form. */

import { layOutColumns } from '../../go/tabwriter.ts';
import { escapeCell, isPlainCell } from './terminal-escape.ts';

/** Header row, a row of dashes under each header word, and the rows, each ending in a newline. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const dashes = headers.map((header) => '-'.repeat(header.length));
  // Plain cells, as most are, are as wide as they are long; there may be hundreds of thousands.
  if (rows.every((row) => row.every(isPlainCell)))
    return layOutColumns([headers, dashes, ...rows], (cell) => cell.length);
  return layOutColumns([headers, dashes, ...rows.map((row) => row.map(escapeCell))], codePoints);
}

/** Widths count code points, as in Go. */
function codePoints(text: string): number {
  return Array.from(text).length;
}
