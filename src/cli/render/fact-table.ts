/**
 * Draws tables of what Notary does not have with cli-table3. Notary's own are laid out by `table.ts`, as Go does it.
 */

import CliTable3 from 'cli-table3';
import { escapeCell } from './terminal-escape.ts';
import { type Layout, shortId } from './view.ts';

/** A box that is wider would be torn apart by terminals of the usual width. */
const widestBox = 80;

const corner = '+';
/** In characters that every terminal, font and locale has. */
const box = {
  ...{ top: '-', bottom: '-', left: '|', right: '|', middle: '|' },
  ...{ 'top-left': corner, 'top-mid': corner, 'top-right': corner },
  ...{ 'bottom-left': corner, 'bottom-mid': corner, 'bottom-right': corner },
};
const gap = {
  ...{ top: '', bottom: '', left: '', right: '', middle: '  ' },
  ...{ 'top-left': '', 'top-mid': '', 'top-right': '' },
  ...{ 'bottom-left': '', 'bottom-mid': '', 'bottom-right': '' },
};
const noRulesBetween = { mid: '', 'mid-mid': '', 'left-mid': '', 'right-mid': '' };

/**
 * Facts about one thing, a name and a value in each row: in a box on a terminal, unless that is too wide; otherwise in
 * two columns with two blanks between them, and no blanks at the ends of lines.
 *
 * @returns lines, the last one ended, too
 */
export function factTable(facts: readonly (readonly [string, string])[], layout: Layout): string {
  const boxed = drawn(facts, box, 1);
  const lines = layout.terminal && fits(widthOf(boxed), layout) ? boxed : drawn(facts, gap, 0);
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** A terminal that does not know its width says 0. */
function fits(width: number, layout: Layout): boolean {
  const columns = layout.columns() ?? 0;
  return width <= (columns > 0 ? Math.min(widestBox, columns) : widestBox);
}

function drawn(
  facts: readonly (readonly [string, string])[],
  chars: typeof box,
  padding: number,
): readonly string[] {
  const table = new CliTable3({
    chars: { ...chars, ...noRulesBetween },
    style: { head: [], border: [], 'padding-left': padding, 'padding-right': padding },
  });
  for (const fact of facts) table.push(fact.map(escapeCell));
  return table.toString().split('\n');
}

/** The rule on top is as wide as the box, and of single columns. */
function widthOf(lines: readonly string[]): number {
  return lines[0]?.length ?? 0;
}

const gapWidth = 2;
const narrowestColumn = 8;

/** Which cells are IDs: cut to 12 digits on a terminal, unless `--wide` is given. */
const isId = /^[0-9a-f]{64}$/;

/**
 * Rows under headers, with two blanks between columns. On a terminal IDs are cut and the widest columns are wrapped, so
 * that the table fits: between words as long as that is enough; in a pipe and with `--wide` everything is whole and each row one line.
 *
 * @returns lines, the last one ended, too
 */
export function listTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  layout: Layout,
): string {
  const narrow = layout.terminal && !layout.wide;
  const cells = rows.map((row) =>
    row.map((cell) => escapeCell(narrow && isId.test(cell) ? cell.slice(0, shortId) : cell)),
  );
  const widths = headers.map((header, column) =>
    cells.reduce((most, row) => Math.max(most, Array.from(row[column] ?? '').length), header.length),
  );
  const columns = narrow ? (layout.columns() ?? 0) : 0;
  const isWhole = (column: number) => rows.some((row) => isId.test(row[column] ?? ''));
  const words = headers.map((header, column) =>
    isWhole(column) ? (widths[column] ?? 0) : longestWord([header, ...cells.map((row) => row[column] ?? '')]),
  );
  const fitting =
    columns === 0
      ? widths
      : fittingWidths(
          fittingWidths(widths, columns, (column) => words[column] ?? 0),
          columns,
          (column) => (isWhole(column) ? (widths[column] ?? 0) : narrowestColumn),
        );
  const wrapped = (row: readonly string[]) =>
    row.map((cell, column) => wrappedCell(cell, fitting[column] ?? cell.length));
  const table = new CliTable3({
    chars: { ...gap, ...noRulesBetween },
    head: wrapped(headers),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    ...(columns > 0 && { colWidths: [...fitting] }),
  });
  for (const row of cells) table.push(wrapped(row));
  return table
    .toString()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function longestWord(cells: readonly string[]): number {
  return cells
    .flatMap((cell) => cell.split(' '))
    .reduce((most, word) => Math.max(most, Array.from(word).length), 0);
}

/** Lines of at most that width: words stay whole where they fit, so that a date can be read. */
function wrappedCell(cell: string, width: number): string {
  if (Array.from(cell).length <= width) return cell;
  const lines: string[] = [];
  let line = '';
  for (const word of cell.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (Array.from(longer).length <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    let rest = Array.from(word);
    for (; rest.length > width; rest = rest.slice(width)) lines.push(rest.slice(0, width).join(''));
    line = rest.join('');
  }
  return [...lines, line].join('\n');
}

/** The widest column gives what is too much, again and again, down to the least width of each. */
function fittingWidths(
  widths: readonly number[],
  columns: number,
  least: (column: number) => number,
): readonly number[] {
  const fitting = [...widths];
  const surplus = () =>
    fitting.reduce((sum, width) => sum + width, gapWidth * (fitting.length - 1)) - columns;
  while (surplus() > 0) {
    const wide = [...fitting.keys()]
      .filter((column) => (fitting[column] ?? 0) > least(column))
      .sort((one, other) => (fitting[other] ?? 0) - (fitting[one] ?? 0));
    const [widest, next] = wide;
    if (widest === undefined) break;
    const width = fitting[widest] ?? 0;
    const level = next === undefined ? 0 : (fitting[next] ?? 0);
    fitting[widest] = Math.max(least(widest), Math.min(width - 1, Math.max(level, width - surplus())));
  }
  return fitting;
}
