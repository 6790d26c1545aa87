/**
 * Lays out help and usage screens as Cobra 1.6 does, from the same data that parses the command line. Loaded when
 * one is to be shown.
 */

import { compareUtf8 } from '../../encoding/bytes.ts';
import { goQuoteList } from '../../go/quote.ts';
import { type FoundCommand, findCommand } from '../args/find-command.ts';
import { defaultWidth, wrapCommand, wrapLine, wrapRow, wrapText } from '../render/wrap.ts';
import type { Examples, FlagSpec } from '../spec/command-spec.ts';
import { type CommandNode, flagsAt, programName } from '../spec/command-tree.ts';
import { globalFlags, helpFlag } from '../spec/global-flags.ts';

/** The least width of the column of command names, as in Cobra. */
const minNameWidth = 11;

/** Description, usage screen, the flags that only tsnotary has, examples. */
export async function helpScreen(node: CommandNode, width = defaultWidth): Promise<string> {
  const examples = node.spec === undefined ? '' : exampleSection(await node.spec.examples(), width);
  const start =
    node.path.length === 0 ? `\n${wrapText((await import('./guides.ts')).startGuide, width)}` : '';
  const screen = usageScreen(node, { width });
  return `${wrapText(node.long, width)}\n${start}\n${screen}${ownFlags(node, width)}${examples}`;
}

/**
 * What `help` shows for words: the guide of the group that they name, when it has one, else the help of the command
 * that they select; words too many are ignored.
 */
export async function topicScreen(
  root: CommandNode,
  words: readonly string[],
  width = defaultWidth,
): Promise<string> {
  let found: FoundCommand;
  try {
    found = findCommand(root, words);
  } catch {
    return `Unknown help topic ${goQuoteList(words)}\n${usageScreen(root, { width, withHelp: false })}`;
  }
  const { node, rest } = found;
  return node.guide === undefined || rest.length > 0
    ? helpScreen(node, width)
    : guideScreen(node, await node.guide(), width);
}

function guideScreen(group: CommandNode, guide: string, width: number): string {
  const names = group.children.map((child) => child.name).toSorted(compareUtf8);
  const path = [programName, ...group.path].join(' ');
  return wrapText(`${guide}\nCommands: ${names.join(', ')}; more: ${path} [command] --help\n`, width);
}

function exampleSection(examples: Examples, width: number): string {
  const shown = examples.map(
    ({ summary, line }) => `${commentLines(summary, width)}\n${wrapCommand(`  ${line}`, width)}\n`,
  );
  return `\nExamples:\n${shown.join('')}`;
}

/** The flags that Notary 0.7.0 does not have, if there are any. */
function ownFlags(node: CommandNode, width: number): string {
  const own = Array.from(flagsAt(node)).filter(
    ([name, flag]) => flag.extension === true && !isPlain(node, name),
  );
  return own.length === 0 ? '' : `\nFlags that Notary does not have:\n${flagRows(own, width)}`;
}

/** A flag of a command that Notary does not have is a flag like any other of it. */
function isPlain({ extension, flags }: CommandNode, name: string): boolean {
  return extension && flags.has(name);
}

/** The usage screen. The one shown for an unknown help topic does not mention `--help`. */
export function usageScreen(
  node: CommandNode,
  { width = defaultWidth, withHelp = true }: { readonly width?: number; readonly withHelp?: boolean } = {},
): string {
  const commandPath = [programName, ...node.path].join(' ');
  const flagsToo = node.spec?.hideFlagsInUsage === true ? '' : ' [flags]';
  const usage = runnable(node) ? [`  ${useLine(node, commandPath)}${flagsToo}`] : [];
  if (node.children.length > 0) usage.push(`  ${commandPath} [command]`);
  const sections = [`Usage:\n${usage.map((line) => `${wrapLine(line, width, 6)}\n`).join('')}`];
  if (node.children.length > 0) for (const list of commandLists(node, width)) sections.push(list);
  const isRoot = node.path.length === 0;
  const own = new Map<string, FlagSpec>([...node.flags, ...(isRoot ? Object.entries(globalFlags) : [])]);
  if (withHelp) own.set('help', { ...helpFlag, usage: `help for ${node.name}` });
  sections.push(`Flags:\n${node.extension ? flagRows([...own], width) : flagList(own, width)}`);
  if (!isRoot) sections.push(`Global Flags:\n${flagList(new Map(Object.entries(globalFlags)), width)}`);
  if (node.children.length > 0) {
    const more = `Use "${commandPath} [command] --help" for more information about a command.\n`;
    sections.push(wrapText(more, width));
  }
  return sections.join('\n');
}

function runnable(node: CommandNode): boolean {
  return node.spec !== undefined || node.path.length === 0 || node.children.length === 0;
}

function useLine(node: CommandNode, commandPath: string): string {
  if (node.spec === undefined) return node.path.length === 0 ? commandPath : `${commandPath} [command]`;
  return node.spec.operands === '' ? commandPath : `${commandPath} ${node.spec.operands}`;
}

/** The commands, and apart from them those that Notary 0.7.0 does not have. */
function commandLists(node: CommandNode, width: number): readonly string[] {
  const children = node.children.toSorted((left, right) => compareUtf8(left.name, right.name));
  // Each list has a width of its own: that of Notary's commands is Notary's.
  const listed = (own: boolean) => {
    const shown = children.filter((child) => child.extension === own);
    const names = shown.map(({ name }) => name);
    const nameWidth = widest(names, minNameWidth);
    return shown
      .map((child) => `${wrapRow(`  ${child.name.padEnd(nameWidth)} `, child.short, width)}\n`)
      .join('');
  };
  const added = listed(true);
  const sections = [`Available Commands:\n${listed(false)}`];
  return added === '' ? sections : [...sections, `Commands that Notary does not have:\n${added}`];
}

function flagList(flags: ReadonlyMap<string, FlagSpec>, width: number): string {
  return flagRows(
    Array.from(flags).filter(([, flag]) => flag.extension !== true),
    width,
  );
}

/** A row for each flag, sorted by name, the descriptions aligned. */
function flagRows(flags: readonly (readonly [string, FlagSpec])[], width: number): string {
  const rows = flags.map(([name, flag]) => {
    const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
    const type = flag.type === 'bool' ? '' : ` ${flag.type}`;
    const fallback = flag.default === undefined ? '' : ` (default "${flag.default}")`;
    return { name, left: `  ${short}--${name}${type}`, right: `${flag.usage}${fallback}` };
  });
  rows.sort((left, right) => compareUtf8(left.name, right.name));
  const leftWidth = widest(rows.map(({ left }) => left)) + 3;
  return rows.map(({ left, right }) => `${wrapRow(left.padEnd(leftWidth), right, width)}\n`).join('');
}

function widest(texts: readonly string[], atLeast = 0): number {
  return texts.reduce((width, text) => Math.max(width, text.length), atLeast);
}

/** A comment above a command to copy: each of its lines begins with the mark. */
function commentLines(summary: string, width: number): string {
  return wrapRow('  # ', summary, width).replace(/\n {4}/g, '\n  # ');
}
