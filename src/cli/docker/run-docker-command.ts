/**
 * Runs a command line that follows docker's conventions (docker CLI 28.2.2): results go to standard output, failures to
 * standard error without a word before them, and a flag that cannot be read ends with status 125.
 */

import { isNotaryError, NotaryError, rephrased } from '../../errors.ts';
import type { Output } from '../../ports/files.ts';
import { type Dispatch, dispatch } from '../args/dispatch.ts';
import type { FoundCommand } from '../args/find-command.ts';
import { refuseEmptyValues } from '../args/flags-together.ts';
import { parseWords, unambiguousWords } from '../args/pflag.ts';
import { suggestions } from '../args/suggestions.ts';
import { jsonLine } from '../render/as-json.ts';
import { createLog } from '../run/logger.ts';
import { exitStatus, reportDockerFailure } from '../run/report-failure.ts';
import { runContext, showResult } from '../run/run-context.ts';
import type { FlagSpec, Invocation } from '../spec/command-spec.ts';
import { type CommandNode, programName } from '../spec/command-tree.ts';
import { globalFlags } from '../spec/global-flags.ts';
import type { System } from '../spec/process.ts';

/** The global flags that may stand behind the words of the command: docker has none of their names. */
const flagsBehind = ['json', 'no-input', 'passphrase-file', 'strict'] as const;

export interface DockerCommandLine {
  readonly found: FoundCommand;
  /** The whole command line. */
  readonly words: readonly string[];
  /** Everything is for a program: `--json`. */
  readonly json: boolean;
}

/** Runs it; every failure has been reported when it returns the exit status. */
export async function runDockerCommand(
  root: CommandNode,
  { found, words, json }: DockerCommandLine,
  system: System,
): Promise<number> {
  const { stderr, clock, program = programName } = system;
  let log = createLog(withOneForm(stderr), clock, 'warning', json);
  try {
    const line = parseLine(root, found, words, program);
    log = createLog(withOneForm(stderr), clock, line.globals.debug ? 'debug' : 'warning', json);
    return await execute(line, found, system, log);
  } catch (error) {
    return reportDockerFailure(error, { stderr, log, json });
  }
}

/** Docker's log records are on a terminal what they are in a file. */
function withOneForm(stderr: Output): Output {
  return { isTerminal: false, write: (chunk) => stderr.write(chunk), flush: () => stderr.flush() };
}

/** @throws NotaryError UNKNOWN_FLAG, INVALID_FLAG, worded as docker does */
function parseLine(
  root: CommandNode,
  { node, rest }: FoundCommand,
  words: readonly string[],
  program: string,
): Dispatch {
  const before = words.slice(0, words.indexOf(node.path[0] ?? ''));
  const own = new Map<string, FlagSpec>([
    ...flagsBehind.map((name): [string, FlagSpec] => [name, globalFlags[name]]),
    ...node.flags,
  ]);
  try {
    const globals = parseWords(before, new Map(Object.entries(globalFlags)));
    const parsed = parseWords(rest.slice(before.length), own);
    const settings = [...globals.settings, ...parsed.settings];
    const local = new Set([...node.flags.keys(), 'help']);
    const isSwitch = (name: string) => name === 'help' || flagType(node, name) === 'bool';
    const args = node.spec === undefined ? [] : parsed.args;
    const line = dispatch(root, node.path, unambiguousWords(node.path, { settings, args }, local, isSwitch));
    refuseEmptyValues(line.invocation.flags, own, new Set(settings.map(({ name }) => name)));
    return line;
  } catch (error) {
    if (!isNotaryError(error, 'UNKNOWN_FLAG', 'INVALID_FLAG')) throw error;
    throw rephrased(
      error,
      (message) => `${message}\n\n${usageOf(node, program)}\n\nRun ${helpHint(node, program)}`,
    );
  }
}

function flagType(node: CommandNode, name: string): FlagSpec['type'] | undefined {
  return (node.flags.get(name) ?? (globalFlags as Readonly<Record<string, FlagSpec>>)[name])?.type;
}

async function execute(
  line: Dispatch,
  { stray }: FoundCommand,
  system: System,
  log: ReturnType<typeof createLog>,
): Promise<number> {
  const { node, help, invocation, globals } = line;
  const { program = programName } = system;
  const { spec } = node;
  if (help) {
    const text = await helpOf(node);
    system.stdout.write(globals.json ? jsonLine({ help: text }) : text);
    return exitStatus.success;
  }
  if (spec === undefined) {
    if (stray !== undefined) throw unknownCommand(node, stray, program);
    if (globals.json) throw unknownCommand(node, '', program);
    system.stderr.write(await helpOf(node));
    return exitStatus.success;
  }
  checkCount(node, invocation, program);
  const run = runContext(system, globals, log, async (secrets, outlet) => {
    const { DockerSession } = await import('./docker-session.ts');
    return new DockerSession(system, globals, secrets, outlet);
  });
  try {
    const result = await spec.run(run.context, invocation);
    await showResult(result, system.stdout, globals);
    return result.status ?? exitStatus.success;
  } finally {
    await run.close();
  }
}

async function helpOf(node: CommandNode): Promise<string> {
  return (await import('../help/help-screen.ts')).helpScreen(node);
}

/** @throws NotaryError USAGE */
function checkCount(node: CommandNode, { args, flags }: Invocation, program: string): void {
  const { least = 0, exact, listFlag = '' } = node.spec?.docker ?? {};
  const listed = (flags[listFlag] ?? '') === '' ? 0 : 1;
  const count = args.length + listed;
  if (count === least || (count > least && exact === undefined)) return;
  const wanted = `${exact === undefined ? 'at least ' : ''}${least} argument${least === 1 ? '' : 's'}`;
  const more = `${exact === undefined ? 'See' : 'Run'} ${helpHint(node, program)}`;
  throw new NotaryError(
    'USAGE',
    `${lead(program)}: '${pathOf(node, program)}' requires ${wanted}\n\n${usageOf(node, program)}\n\n${more}`,
  );
}

/** Docker has no suggestions below a group: they are no part of the message. */
function unknownCommand(node: CommandNode, word: string, program: string): NotaryError {
  const path = pathOf(node, program);
  const what = `${lead(program)}: unknown command: ${path} ${word}`.trimEnd();
  const meant = suggestions(node, word).map((name) => `${path} ${name}`);
  const more = `${usageOf(node, program)}\n\nRun ${helpHint(node, program)}`;
  return new NotaryError('UNKNOWN_COMMAND', `${what}\n\n${more}`, {
    hint: word === '' || meant.length === 0 ? undefined : `What may be meant: ${meant.join(', ')}`,
  });
}

/** The program that speaks: the first word of what the user types. */
function lead(program: string): string {
  return program.split(' ')[0] ?? program;
}

function usageOf(node: CommandNode, program: string): string {
  const operands = node.spec === undefined ? '' : ` ${node.spec.operands}`;
  return `Usage:  ${pathOf(node, program)}${operands}`;
}

function helpHint(node: CommandNode, program: string): string {
  return `'${pathOf(node, program)} --help' for more information`;
}

function pathOf(node: CommandNode, program: string): string {
  return [program, ...node.path].join(' ');
}
