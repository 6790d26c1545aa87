/** Renders tables in Notary's form. */

import { layOutColumns } from '../../go/tabwriter.ts';
import { escapeCell, isPlainCell } from './terminal-escape.ts';
import { type Layout, unlimited } from './view.ts';

/** A column of IDs or digests, which are cut where the table is wider than the terminal. */
export interface IdColumn {
  /** From 0. */
  readonly column: number;
  readonly layout: Layout | undefined;
}

/** As many digits as docker shows of an ID. */
const shortId = 12;

/** Header row, a row of dashes under each header word, and the rows, each ending in a newline. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  { column, layout = unlimited }: IdColumn = { column: 0, layout: unlimited },
): string {
  const full = laidOut(headers, rows);
  if (!layout.terminal || layout.wide || !isWider(full, layout.columns())) return full;
  const short = (cell: string, index: number) => (index === column ? cell.slice(0, shortId) : cell);
  const cut = laidOut(
    headers,
    rows.map((row) => row.map(short)),
  );
  return `${cut}(${headers[column] ?? ''} is cut to ${shortId} digits; --wide shows all of them)\n`;
}

function isWider(text: string, columns: number | undefined): boolean {
  // A terminal that does not know its width says 0.
  return columns !== undefined && columns > 0 && text.split('\n').some((line) => codePoints(line) > columns);
}

function laidOut(headers: readonly string[], rows: readonly (readonly string[])[]): string {
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
