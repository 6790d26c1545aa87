/**
 * Parses and dispatches command lines with commander, whose tree it builds from the command specs. The lines come
 * from `pflag.ts` in an unambiguous form: everything that Cobra would refuse has been refused before.
 */

import { Command, Option } from 'commander';
import type { FlagSpec, FlagValue, Invocation } from '../spec/command-spec.ts';
import { type CommandNode, findChild } from '../spec/command-tree.ts';
import type { GlobalValues } from '../spec/global-flags.ts';
import { globalFlags, rootFlags } from '../spec/global-flags.ts';
import { absentFlagValue, nextFlagValue } from './flag-values.ts';

/** A parsed command line. */
export interface Dispatch {
  readonly node: CommandNode;
  readonly help: boolean;
  readonly globals: GlobalValues & { readonly version: boolean };
  readonly invocation: Invocation;
}

/**
 * Parses an unambiguous command line and says which command is meant with which values.
 *
 * @param path the words of the command; only this command is registered with commander, to keep the start fast
 */
export function dispatch(root: CommandNode, path: readonly string[], words: readonly string[]): Dispatch {
  let found: Dispatch | undefined;
  const program = commandFor(root, path, { ...globalFlags, ...rootFlags }, (node, command) => {
    const globals = valuesOf(program, { ...globalFlags, ...rootFlags }) as Dispatch['globals'];
    const invocation = { args: command.args, flags: valuesOf(command, Object.fromEntries(node.flags)) };
    found = { node, help: command.opts()['help'] === true, globals, invocation };
  });
  program.parse(words, { from: 'user' });
  if (found === undefined) throw new Error(`no command was dispatched for ${JSON.stringify(words)}`);
  return found;
}

type Chosen = (node: CommandNode, command: Command) => void;

function commandFor(
  node: CommandNode,
  path: readonly string[],
  flags: Readonly<Record<string, FlagSpec>>,
  chosen: Chosen,
): Command {
  const command = new Command(node.name)
    .helpOption(false)
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: refuse, writeErr: refuse })
    .allowExcessArguments(true)
    .argument('[words...]')
    .action((_words: readonly string[], _options: unknown, self: Command) => chosen(node, self));
  command.addOption(new Option('--help'));
  for (const [name, flag] of Object.entries(flags)) command.addOption(optionFor(name, flag));
  const [next, ...rest] = path;
  const child = next === undefined ? undefined : findChild(node, next);
  if (child !== undefined)
    command.addCommand(commandFor(child, rest, Object.fromEntries(child.flags), chosen));
  return command;
}

function optionFor(name: string, flag: FlagSpec): Option {
  if (flag.type === 'bool') return new Option(`--${name}`);
  const start = absentFlagValue(flag.type, flag.default);
  return new Option(`--${name} <value>`)
    .default(start)
    .argParser((text: string, earlier: FlagValue) => nextFlagValue(flag.type, text, earlier));
}

/** The values of a command's flags; their types follow from the specs, which commander was given. */
function valuesOf(command: Command, flags: Readonly<Record<string, FlagSpec>>): Invocation['flags'] {
  const entries = Object.entries(flags).map(([name, flag]) => {
    // `server-managed` is filed as `serverManaged`, and `no-x` as an `x` that is true unless it is given.
    const option = new Option(`--${name}`);
    const value: unknown = command.getOptionValue(option.attributeName());
    if (option.negate) return [name, value === false] as const;
    return [name, value ?? absentFlagValue(flag.type, flag.default)] as const;
  });
  return Object.fromEntries(entries) as Invocation['flags'];
}

function refuse(text: string): never {
  throw new Error(`the command line parser disagrees with pflag: ${text.trim()}`);
}
