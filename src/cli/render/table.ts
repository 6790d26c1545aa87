/** Renders tables in Notary's form. */

import { layOutColumns } from '../../go/tabwriter.ts';
import { escapeCell, isPlainCell } from './terminal-escape.ts';
import { type Layout, shortId, unlimited } from './view.ts';

/** A column of IDs or digests, which are cut where the table is wider than the terminal. */
export interface IdColumn {
  /** From 0. */
  readonly column: number;
  /** A column of which no more than the end is shown where the table is too wide even so. */
  readonly end?: number;
  readonly layout: Layout | undefined;
}

const minEnd = 11;

/** Header row, a row of dashes under each header word, and the rows, each ending in a newline. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  { column, end, layout = unlimited }: IdColumn = { column: 0, layout: unlimited },
): string {
  const full = laidOut(headers, rows);
  if (!layout.terminal || layout.wide || !isWider(full, layout.columns())) return full;
  const short = (cell: string, index: number) => (index === column ? cell.slice(0, shortId) : cell);
  const cut = rows.map((row) => row.map(short));
  const note = `${headers[column] ?? ''} is cut to ${shortId} digits`;
  const shown = laidOut(headers, cut);
  const surplus = width(shown) - (layout.columns() ?? 0);
  if (end === undefined || surplus <= 0) return `${shown}(${note}; --wide shows all of them)\n`;
  const room = longest(cut.map((row) => row[end] ?? '')) - surplus;
  const ends = cut.map((row) => row.map((cell, index) => (index === end ? endOf(cell, room) : cell)));
  return `${laidOut(headers, ends)}(${note}, ${headers[end] ?? ''} to its end; --wide shows all)\n`;
}

/** After an ellipsis; a few letters are left however narrow the terminal is. */
function endOf(text: string, room: number): string {
  const points = Array.from(text);
  const most = Math.max(room, minEnd);
  return points.length <= most ? text : `...${points.slice(3 - most).join('')}`;
}

function width(text: string): number {
  return longest(text.split('\n'));
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, codePoints(text)), 0);
}

function isWider(text: string, columns: number | undefined): boolean {
  // A terminal that does not know its width says 0.
  return columns !== undefined && columns > 0 && width(text) > columns;
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
