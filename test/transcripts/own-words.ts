/**
 * Marks in output the prose that tsnotary says in its own words: the advice before a root
 * passphrase, descriptions in help screens, and the version. Names, flags, types, defaults and the
 * layout of a screen stay; sections for what only tsnotary has, and examples, go.
 */

/** What only tsnotary has stands in sections of its own. */
const additions = /\n(?:(?:Flags|Commands) that Notary does not have|Examples):\n(?: +\S.*\n)+/g;

const advice = /^You are about to create a new root .*\n(?:.+\n){5}/m;
const usage = /(?:^|\n)Usage:\n/;

function maskRow(row: string): string {
  // Two or more blanks part a command's or flag's name and type from its description.
  const [, name = '', description = ''] = /^( {2,6}\S.*? {2,})(\S.*)$/.exec(row) ?? [];
  if (name === '') return row;
  const [given = ''] = / \(default .*\)$/.exec(description) ?? [];
  return `${name}‹prose›${given}`;
}

function maskScreen(text: string): string {
  const at = usage.exec(text);
  if (at === null) return text;
  const before = text.slice(0, at.index);
  const screen = text.slice(at.index).replace(additions, '').split('\n');
  let inUsage = true;
  const rows = screen.map((row) => {
    if (/^(Available Commands|Flags|Global Flags):$/.test(row)) inUsage = false;
    return inUsage ? row : maskRow(row);
  });
  // A description is parted from the screen by an empty line; `Unknown help topic …` is not.
  return `${before.endsWith('\n') ? '‹prose›\n' : before}${rows.join('\n')}`;
}

/** The text with its prose marked. */
export function maskProse(text: string): string {
  return maskScreen(text)
    .replace(advice, '‹prose›\n')
    .replace(/^( (?:Version|Git commit|Go version):).*$/gm, '$1‹prose›')
    .replace(/^(notary Version: ).*(, Git commit: ).*(, Go version: ).*$/m, '$1‹prose›$2‹prose›$3‹prose›');
}
