/**
 * Runs a command line: takes its words, returns an exit status. Tests call this; `main.ts` calls it for the
 * process.
 */

import { isNotaryError } from '../errors.ts';
import { parseBool } from '../go/parse-bool.ts';
import type { Output } from '../ports/files.ts';
import type { Log } from '../ports/log.ts';
import { type Dispatch, dispatch } from './args/dispatch.ts';
import { type FoundCommand, findCommand, unknownTopic } from './args/find-command.ts';
import { consistentFlags } from './args/flags-together.ts';
import { parseWords, unambiguousWords } from './args/pflag.ts';
import { refuseBytes } from './args/refuse-bytes.ts';
import { ignoredArguments } from './args/surplus-arguments.ts';
import { noCommand, unknownCommand, unknownCommandWarning } from './args/unknown-command.ts';
import { missingCommand, UsageError } from './args/usage-error.ts';
import { commands } from './commands.ts';
import { completionRequest } from './completion/request.ts';
import { jsonLine } from './render/as-json.ts';
import { createLog } from './run/logger.ts';
import { exitStatus, reportFailure } from './run/report-failure.ts';
import { runContext, showResult } from './run/run-context.ts';
import { type CommandNode, commandTree, flagsAt, programName } from './spec/command-tree.ts';
import { isStrict } from './spec/global-flags.ts';
import type { System } from './spec/process.ts';
import { type ManyRequest, manyRequest } from './spec/repository-list-flags.ts';

/** Runs one command line. It never throws: every failure has been reported when it returns. */
export async function runCli(words: readonly string[], system: System): Promise<number> {
  const root = commandTree(commands);
  let place: CommandNode | undefined;
  // Read from the words themselves, since the command line may not parse.
  const json = asksForJson(words);
  let log = createLog(system.stderr, system.clock, 'warning', json);
  let status: number = exitStatus.success;
  try {
    refuseBytes(words);
    const request = completionRequest(root, words);
    if (request !== undefined) {
      const { answerCompletion } = await import('./completion/answer.ts');
      await answerCompletion(root, request, system);
      return await flushed(status, system);
    }
    const found = findCommand(root, words);
    place = found.node;
    if (place.docker) {
      const { runDockerCommand } = await import('./docker/run-docker-command.ts');
      return await flushed(await runDockerCommand(root, { found, words, json }, system), system);
    }
    const line = parseCommandLine(root, found);
    const start = system.clock.now().getTime();
    const logOver = (stderr: Output) => createLog(stderr, system.clock, logLevel(line), json, start);
    log = logOver(system.stderr);
    status = await execute(root, line, system, logOver);
  } catch (error) {
    const own = isNotaryError(error) && !json ? place?.spec?.failed?.(words, error.message) : undefined;
    if (own !== undefined) system.stdout.write(own.text);
    const fatal = own === undefined ? failureOutput(place, system) : system.stderr;
    if (error instanceof UsageError && place !== undefined && !json) fatal.write(await usageOf(place, fatal));
    status = reportFailure(error, { fatal, stderr: system.stderr, log, json });
    status = own?.status ?? status;
  }
  return flushed(status, system);
}

interface ParsedCommandLine extends Dispatch {
  /** The GUN is to come from a list. */
  readonly many: ManyRequest | undefined;
  /** A word below a group that is no command. */
  readonly stray: string | undefined;
}

function parseCommandLine(root: CommandNode, { node, rest, stray }: FoundCommand): ParsedCommandLine {
  const flags = flagsAt(node);
  const parsed = parseWords(rest, flags);
  const isSwitch = (name: string) => name === 'help' || flags.get(name)?.type === 'bool';
  const local = new Set([...(node === root ? [] : node.flags.keys()), 'help']);
  // The arguments of a group are never looked at, and must not be taken for commands.
  const args = node.spec === undefined && node.children.length > 0 ? [] : parsed.args;
  const line = dispatch(root, node.path, unambiguousWords(node.path, { ...parsed, args }, local, isSwitch));
  if (line.node.spec?.runsProgram === true && !line.help) refuseUnseparated(rest, flags);
  const given = new Set(parsed.settings.map(({ name }) => name));
  const listed = line.node.spec?.acceptsRepoList === true && !line.help;
  const json = line.globals.json || line.invocation.flags['format'] === 'json';
  const many = listed ? manyRequest(line.invocation, given) : undefined;
  const invocation = line.help
    ? line.invocation
    : consistentFlags(line.invocation, flags, given, line.globals.json);
  return { ...line, invocation, globals: { ...line.globals, json }, stray, many };
}

/** Without `--` before them, flags of the other program would be taken for our own. @throws UsageError */
function refuseUnseparated(words: readonly string[], flags: ReturnType<typeof flagsAt>): void {
  const end = words.indexOf('--');
  if (end < 0 || parseWords(words.slice(0, end), flags).args.length > 0) throw new UsageError(missingCommand);
}

function logLevel(line: Dispatch): 'debug' | 'info' | 'warning' {
  if (line.globals.debug) return 'debug';
  return line.globals.verbose ? 'info' : 'warning';
}

async function execute(
  root: CommandNode,
  line: ParsedCommandLine,
  system: System,
  logOver: (stderr: Output) => Log,
): Promise<number> {
  const { node, invocation, globals, many } = line;
  const { stdout } = system;
  if (!line.help) refuseUnused(root, line, system, logOver(system.stderr));
  const show = (text: string) => stdout.write(globals.json ? jsonLine({ help: text }) : text);
  if (line.help) show(await helpOf(node, stdout));
  else if (node === root) stdout.write(await rootScreen(root, line, system));
  else if (node.spec !== undefined && many !== undefined) {
    const { runMany } = await import('./batch/run-batch.ts');
    return runMany(system, { spec: node.spec, invocation, request: many, globals, logOver });
  } else if (node.spec !== undefined) {
    const run = runContext(system, globals, logOver(system.stderr));
    try {
      const result = await node.spec.run(run.context, invocation);
      await showResult(result, stdout, globals);
      if (result.keepRunning !== undefined) return await result.keepRunning(stdout);
      return result.status ?? exitStatus.success;
    } finally {
      await run.close();
    }
  } else if (node.children.length > 0) show(await helpOf(node, stdout));
  else show(await topicOf(root, invocation.args, stdout));
  return exitStatus.success;
}

/**
 * Words of the command line that Notary 0.7.0 passes over: a warning here, and a failure where no person looks on.
 *
 * @throws NotaryError ARGUMENT_IGNORED, UNKNOWN_COMMAND; USAGE for `--json` without a command
 */
function refuseUnused(
  root: CommandNode,
  { node, invocation, globals, many, stray }: ParsedCommandLine,
  { environment }: System,
  log: Log,
): void {
  const { spec } = node;
  const topic = spec === undefined && node.children.length === 0;
  const { args } = invocation;
  const unused =
    (spec && ignoredArguments(spec, args, many !== undefined)) ??
    (stray === undefined ? undefined : unknownCommand(root, node, stray)) ??
    (topic && args.length > 0 ? unknownTopic(root, args) : undefined);
  const isOwn = spec === undefined ? node.extension : spec.surplus === 'refused';
  if (unused !== undefined) {
    if (isOwn || globals.json || isStrict(globals, environment)) throw unused;
    const words =
      unused.code === 'UNKNOWN_COMMAND'
        ? unknownCommandWarning(unused)
        : `${unused.message}, which is ignored`;
    log.warn(words, unused.code);
  } else if (globals.json && node.children.length > 0 && !globals.version) throw noCommand(node);
}

/** What the program prints when it is given no command. */
async function rootScreen(
  root: CommandNode,
  { globals }: ParsedCommandLine,
  system: System,
): Promise<string> {
  if (!globals.version) return usageOf(root, system.stdout);
  const { version, commit, runtime } = system.build;
  return globals.json ? jsonLine({ version, commit, runtime }) : versionLine(system);
}

function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  const flags = end < 0 ? words : words.slice(0, end);
  return (
    flags.some(
      (word) =>
        word === '--json' ||
        word === '--format=json' ||
        (word.startsWith('--json=') && parseBool(word.slice('--json='.length)) === true),
    ) || flags.some((word, index) => word === 'json' && flags[index - 1] === '--format')
  );
}

function versionLine(system: System): string {
  const { version, commit, runtime } = system.build;
  return `${programName} Version: ${version}, Git commit: ${commit}, Go version: ${runtime}\n`;
}

async function usageOf(node: CommandNode, output: Output): Promise<string> {
  const { usageScreen } = await import('./help/help-screen.ts');
  return usageScreen(node, { width: await widthOf(output) });
}

async function helpOf(node: CommandNode, output: Output): Promise<string> {
  return (await import('./help/help-screen.ts')).helpScreen(node, await widthOf(output));
}

async function topicOf(root: CommandNode, words: readonly string[], output: Output): Promise<string> {
  return (await import('./help/help-screen.ts')).topicScreen(root, words, await widthOf(output));
}

async function widthOf(output: Output): Promise<number> {
  return (await import('./render/wrap.ts')).helpWidth(output.isTerminal ? output.columns : undefined);
}

/** A payload may be piped into another program, which must not read a failure as data. */
function failureOutput(place: CommandNode | undefined, system: System): Output {
  return place?.spec?.stdoutIsPayload === true && !system.stdout.isTerminal ? system.stderr : system.stdout;
}

async function flushed(status: number, system: System): Promise<number> {
  try {
    await system.stdout.flush();
    await system.stderr.flush();
    return status;
  } catch (error) {
    const log = createLog(system.stderr, system.clock, 'warning');
    const failed = reportFailure(error, { fatal: system.stderr, stderr: system.stderr, log });
    await system.stderr.flush().catch(() => undefined);
    return Math.max(status, failed);
  }
}
