/**
 * Finds what may stand at the end of a command line that is being typed, by the rules of Cobra 1.6: commands,
 * flags, or nothing, and whether names of files may be offered instead.
 */

import { compareUtf8 } from '../../encoding/bytes.ts';
import { isNotaryError } from '../../errors.ts';
import { findCommand } from '../args/find-command.ts';
import { type ParsedWords, parseWords } from '../args/pflag.ts';
import type { FlagSpec } from '../spec/command-spec.ts';
import { type CommandNode, flagsAt } from '../spec/command-tree.ts';
import { globalFlags, helpFlag } from '../spec/global-flags.ts';
import { typedFlag } from './typed-flag.ts';
import { type WantedName, wantedArgument, wantedValue } from './wanted-name.ts';

export interface Candidate {
  readonly text: string;
  readonly description: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** False when names of files make no sense there. */
  readonly files: boolean;
  /** A name that this machine may know, to be offered instead of files. */
  readonly wanted?: WantedName | undefined;
  /** Why the words before the last one cannot be understood. */
  readonly problem?: string;
}

type Flags = ReadonlyMap<string, FlagSpec>;

/**
 * Completes the last of the words after the program's name; it may be empty, and there is at least one.
 * Never throws for what the words are.
 */
export function completeWords(root: CommandNode, words: readonly string[]): Completion {
  const before = words.slice(0, -1);
  const found = unlessRefused(() => findCommand(root, before));
  if (typeof found === 'string') {
    return unclear(`Unable to find a command for arguments: [${before.join(' ')}]`);
  }
  return completeAt(root, found.node, found.rest, words.at(-1) ?? '');
}

function completeAt(
  root: CommandNode,
  node: CommandNode,
  words: readonly string[],
  word: string,
): Completion {
  const flags: Flags = new Map([...flagsAt(node), ['help', { ...helpFlag, usage: `help for ${node.name}` }]]);
  const { name, rest, last, unknown } = typedFlag(flags, words, word);
  const parsed = unlessRefused(() => parseWords(rest, flags));
  if (typeof parsed === 'string') {
    return unclear(`Error while parsing flags from args [${rest.join(' ')}]: ${parsed}`);
  }
  const flagsEnded = endsFlags(rest, flags);
  if (unknown !== undefined && !flagsEnded) {
    return unclear(`Subcommand '${node.name}' does not support flag '${unknown}'`);
  }
  const given = new Set(parsed.settings.map((setting) => setting.name));
  if (given.has('help')) return { candidates: [], files: false };
  if (name === undefined && !flagsEnded && last.startsWith('-') && !last.includes('=')) {
    return { candidates: flagNames(node, flags, given, last), files: false };
  }
  if (name !== undefined && !flagsEnded) {
    return { candidates: [], files: true, wanted: wantedValue(node, name, parsed, last) };
  }
  return completeArgument(root, node, parsed, last, name === undefined);
}

function completeArgument(
  root: CommandNode,
  node: CommandNode,
  { args, settings }: ParsedWords,
  last: string,
  commandsToo: boolean,
): Completion {
  if (node.path[0] === 'help') {
    const topic = unlessRefused(() => findCommand(root, args));
    return { candidates: typeof topic === 'string' ? [] : commandNames(topic.node, last), files: false };
  }
  const first = args.length === 0 && !settings.some((setting) => node.flags.has(setting.name));
  if (!commandsToo || !first || node.children.length === 0)
    return {
      candidates: [],
      files: takesFiles(node),
      wanted: wantedArgument(node, { args, settings }, last),
    };
  return { candidates: commandNames(node, last), files: false };
}

function commandNames(parent: CommandNode, start: string): readonly Candidate[] {
  return parent.children
    .filter((child) => child.name.startsWith(start))
    .toSorted((left, right) => compareUtf8(left.name, right.name))
    .map((child) => ({ text: child.name, description: child.short }));
}

/** Names of flags that are not given yet or may be given again: inherited ones before a command's own. */
function flagNames(node: CommandNode, flags: Flags, given: ReadonlySet<string>, start: string) {
  const inherited = (name: string) => node.path.length > 0 && name in globalFlags;
  const byPlace = ([left]: [string, FlagSpec], [right]: [string, FlagSpec]) =>
    Number(inherited(right)) - Number(inherited(left)) || compareUtf8(left, right);
  return Array.from(flags)
    .filter(([name, { type }]) => !given.has(name) || type === 'strings' || type === 'ints')
    .toSorted(byPlace)
    .flatMap(([name, { short, usage }]) => {
      const forms = short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
      return forms.map((text): Candidate => ({ text, description: usage }));
    })
    .filter(({ text }) => text.startsWith(start));
}

/** True when the next word is an argument even if it begins with a dash. */
function endsFlags(words: readonly string[], flags: Flags): boolean {
  const parsed = unlessRefused(() => parseWords([...words, '--'], flags));
  return typeof parsed !== 'string' && parsed.args.at(-1) === '--';
}

function takesFiles(node: CommandNode): boolean {
  return node.path[0] !== 'completion' && node.path[0] !== 'help';
}

function unclear(problem: string): Completion {
  return { candidates: [], files: true, problem };
}

/** The message of the refusal instead of the error. */
function unlessRefused<Result extends object>(attempt: () => Result): Result | string {
  try {
    return attempt();
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    return error.message;
  }
}
