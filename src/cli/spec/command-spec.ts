/**
 * Specifies commands: data that help, flag parsing and dispatch read, and one function that runs the command.
 *
 * Specs are values without side effects; every verb that signs or speaks with a server is imported inside `run`, so
 * that the whole list of commands costs next to nothing at start-up.
 */

import type { JsonData } from '../../encoding/to-plain-json.ts';
import type { Output } from '../../ports/files.ts';
import type { Layout, View } from '../render/view.ts';
import type { CommandContext } from './command-context.ts';

/** The value kinds of pflag that Notary 0.7.0 uses, with pflag's names for them, and docker's lists, in which commas split nothing. */
export type FlagType = 'bool' | 'string' | 'strings' | 'list' | 'int' | 'ints';

export interface FlagSpec {
  readonly type: FlagType;
  /** One letter. */
  readonly short?: string;
  /** Only text flags have defaults other than false, 0 or nothing. */
  readonly default?: string;
  readonly usage: string;
  /** The switch without which this one is refused. */
  readonly needs?: string;
  /** Its value names something: an empty one, as of an unset variable, is refused and not taken for a missing flag. */
  readonly filled?: true;
  /** Notary 0.7.0 does not have it: shown in help, apart from the others, and not in usage screens. */
  readonly extension?: true;
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

interface FlagTypes {
  readonly bool: boolean;
  /** Empty when the flag is not given. */
  readonly string: string;
  /** Undefined when the flag is not given; `--paths ''` is given and empty. */
  readonly strings: readonly string[] | undefined;
  readonly list: readonly string[] | undefined;
  readonly int: number;
  readonly ints: readonly number[];
}

/** One value of a flag of any type. */
export type FlagValue = FlagTypes[FlagType];

/** The values of a command's own flags, by flag name. */
export type FlagValues<Flags extends FlagSpecs> = {
  readonly [Name in keyof Flags]: FlagTypes[Flags[Name]['type']];
};

/** A parsed command line: the positional arguments and the values of the command's flags. */
export interface Invocation<Flags extends FlagSpecs = FlagSpecs> {
  readonly args: readonly string[];
  readonly flags: FlagValues<Flags>;
}

/** A result to be shown: data and the view that turns it into text. */
export interface Shown {
  readonly text: (layout: Layout) => string | Promise<string>;
  /** Undefined when standard output belongs to another program. */
  readonly json: () => JsonData | undefined;
  /** The exit status of a result that needs attention; success without it. */
  readonly status?: number;
  /** Lines of JSON in place of one. */
  readonly jsonLines?: () => readonly JsonData[];
  /** Runs once the result has been shown on this output, until the command ends; gives the exit status. */
  readonly keepRunning?: (stdout: Output) => Promise<number>;
}

/** Binds a result to the view that shows it. */
export function rendered<Data>(view: View<Data>, data: Data): Shown {
  return { text: (layout) => view.text(data, layout), json: () => view.json(data) };
}

/** A result already printed while the command ran; rendered only for `--json`. */
export function jsonOnly(data: JsonData): Shown {
  return { text: () => '', json: () => data };
}

/** One result of many repositories in the making. */
export interface Gathering {
  /** Runs once before the first repository; its failure is that of the command. */
  begin?(context: CommandContext): Promise<void>;
  /** Looks at one repository. @param gun as it stands in the list */
  add(context: CommandContext, gun: string): Promise<void>;
  /** Notes that one could not be looked at. */
  fail(gun: string, error: unknown): void;
  /** @param guns all of the list, in its order */
  finish(context: CommandContext, guns: readonly string[]): Promise<Shown>;
}

/** How many arguments docker takes, and what its messages say of it. */
export interface DockerConventions {
  readonly least: number;
  /** No more than the least. */
  readonly exact?: true;
  /** A flag whose value, when it has one, is the last of the arguments, or as many as one likes. */
  readonly listFlag?: string;
}

/** A command line to copy, as one types it into a shell. */
export interface Example {
  /** What the command line does: one line, no full stop. */
  readonly summary: string;
  readonly line: string;
}

/** The examples at the end of the help of a command. */
export type Examples = readonly [Example, Example] | readonly [Example, Example, Example];

export interface CommandSpec<Flags extends FlagSpecs = FlagSpecs> {
  /** The words that select the command: `['key', 'list']`. */
  readonly path: readonly [string, ...string[]];
  /** What follows the last word of the path in the usage line: `[ GUN ] <target>`. */
  readonly operands: string;
  /**
   * What becomes of more arguments than `operands` names: the command looks at them itself, or they are refused. Without
   * this a warning says that they are ignored, as Notary 0.7.0 ignores them, and `--strict` and `--json` refuse them.
   */
  readonly surplus?: 'checked' | 'refused';
  /** Notary 0.7.0 has no such command: help lists it apart from the others. */
  readonly extension?: true;
  /** True when the usage line does not mention flags. */
  readonly hideFlagsInUsage?: boolean;
  /** One line for the list of commands. */
  readonly short: string;
  /** What the command does, for its help. */
  readonly long: string;
  /** Loads two or three examples for its help; only help asks for them. */
  readonly examples: () => Promise<Examples>;
  readonly flags: Flags;
  /**
   * It can do its work for a list of repositories: the first argument is the GUN, and `--repos` can stand for it.
   */
  readonly acceptsRepoList?: true;
  /** With a list each repository builds on what the one before it has left: no two at a time, whatever `--jobs` says. */
  readonly reposInOrder?: true;
  /**
   * Why a command line that is right for one GUN means nothing for a list; undefined when it does.
   *
   * @param list the file of the list; `-` for standard input
   */
  refusesRepoList?(invocation: Invocation<Flags>, list: string): string | undefined;
  /**
   * Makes one result of all repositories of a list, where the flags ask for a document that holds them all; undefined
   * when each repository has its own result.
   */
  gathers?(invocation: Invocation<Flags>): Promise<Gathering> | undefined;
  /** Its arguments are the command line of another program, and stand after `--`. */
  readonly runsProgram?: true;
  /**
   * What the reader of standard output gets when the command fails, where the words ask for an output of its own; the
   * failure goes to standard error then. Undefined for the usual output.
   */
  failed?(
    words: readonly string[],
    message: string,
  ): { readonly text: string; readonly status: number } | undefined;
  /**
   * The command follows docker's conventions and not Notary's: its words, streams and exit statuses (docker CLI 28.2.2).
   */
  readonly docker?: DockerConventions;
  /** True when standard output may carry a payload meant for another program: failures then avoid it. */
  readonly stdoutIsPayload?: boolean;
  run(context: CommandContext, invocation: Invocation<Flags>): Promise<Shown>;
}

/** A word that only groups commands, such as `key`. */
export interface GroupSpec {
  readonly path: readonly [string, ...string[]];
  readonly short: string;
  readonly long: string;
  /** Notary 0.7.0 has no such commands: help lists them apart from the others. */
  readonly extension?: true;
  /** Loads the explanation of the whole job, one screen of text that ends with a newline. */
  readonly guide?: () => Promise<string>;
}

/** Declares a command; the types of its flag values follow from its flags. */
export function defineCommand<const Flags extends FlagSpecs>(spec: CommandSpec<Flags>): CommandSpec<Flags> {
  return spec;
}

/** Declares flags that belong to no single command. */
export function defineFlags<const Flags extends FlagSpecs>(flags: Flags): Flags {
  return flags;
}
