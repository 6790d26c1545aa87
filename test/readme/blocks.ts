/** The fenced blocks of a page in Markdown, and the commands in them. */

export interface Command {
  readonly command: string;
  /** What is shown below the command, up to the next one. */
  readonly output: string;
}

export interface Block {
  /** `console`, `json`, … */
  readonly language: string;
  /** The second word behind the fence: who types the commands. */
  readonly person: string;
  /** The text between the fences. */
  readonly text: string;
  /** Number of the line of the first fence, from 1. */
  readonly line: number;
}

const fence = /^```(\w*) ?(\S*)\n([^]*?)^```$/gm;

/** All fenced blocks in order. */
export function blocksOf(page: string): readonly Block[] {
  return Array.from(page.matchAll(fence), ({ 1: language = '', 2: person = '', 3: text = '', index }) => ({
    ...{ language, person, text },
    line: page.slice(0, index).split('\n').length,
  }));
}

/** The commands of a block `console`; a text before the first `$` is an Error. */
export function commandsOf({ text, line }: Block): readonly Command[] {
  const parts = text.split(/^\$ /m);
  if (parts.shift() !== '') throw new Error(`line ${line}: the block does not begin with a command`);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return { command: part.slice(0, end), output: part.slice(end + 1) };
  });
}

/** The commands of a page that stand in lines indented by four, outside of fences. */
export function indentedCommands(page: string): readonly string[] {
  const outside = page.replace(fence, '');
  return Array.from(outside.matchAll(/^ {4}(\S.*)$/gm), ([, command]) => command ?? '');
}

/** The page with the text of its n-th block replaced. */
export function withBlock(page: string, number: number, text: string): string {
  const found = Array.from(page.matchAll(fence))[number];
  if (found === undefined) throw new Error(`the page has no block ${number}`);
  const { 0: whole, 3: former = '', index } = found;
  const start = index + whole.length - former.length - '```'.length;
  return page.slice(0, start) + text + page.slice(start + former.length);
}
