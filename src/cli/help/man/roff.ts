/** Writes roff: the few requests of man(7) that the page needs, and escapes for plain text. */

/** Plain text, so that no character of it means anything to troff. */
export function escapeText(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .split('\n')
    .map((line) => (line.startsWith('.') ? `\\&${line}` : line))
    .join('\n');
}

/** A text as one argument of a request. */
function argument(text: string): string {
  return `"${escapeText(text).replaceAll('"', '\\(dq')}"`;
}

export function section(title: string, ...parts: readonly string[]): string {
  return [`.SH ${argument(title)}`, ...parts].join('\n');
}

export function subsection(title: string, ...parts: readonly string[]): string {
  return [`.SS ${argument(title)}`, ...parts].join('\n');
}

/** A paragraph; line breaks in it are no more than spaces. */
export function paragraph(text: string): string {
  return `.PP\n${escapeText(text)}`;
}

/** Lines to be shown as they are. */
export function verbatim(text: string): string {
  return `.PP\n.nf\n${escapeText(text.replace(/\n$/, ''))}\n.fi`;
}

/** Lines as wide as a screen, to be shown as they are: without the indentation of a section. */
export function screen(text: string): string {
  return `.PP\n.in 0\n.nf\n${escapeText(text.replace(/\n$/, ''))}\n.fi\n.in`;
}

/** Terms, each with what it means below it. */
export function definitions(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([term, text]) => `.TP\n.B ${argument(term)}\n${escapeText(text)}`).join('\n');
}

/** The first line of a page. */
export function titleLine(name: string, version: string): string {
  const title = argument(name.toUpperCase());
  return `.TH ${title} 1 "" ${argument(`${name} ${version}`)} "User commands"`;
}
