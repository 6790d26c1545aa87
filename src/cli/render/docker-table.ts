/** Lays out tables as docker does: three blanks between columns, no line under the heads, no blanks at the end. */

const gap = 3;
/** With its gap. */
const leastWidth = 10;

/** Every row has as many cells as there are heads. */
export function dockerTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) =>
    all.reduce((width, row) => Math.max(width, Array.from(row[column] ?? '').length + gap), leastWidth),
  );
  const last = heads.length - 1;
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === last ? cell : cell + ' '.repeat((widths[column] ?? 0) - Array.from(cell).length),
      )
      .join('');
  return `${all.map(line).join('\n')}\n`;
}
