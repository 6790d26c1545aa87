/** Builds the context of one run. Files, keys and connections are opened when they are first needed. */

import { cautionFor } from '../../composition/strictness.ts';
import type { Output } from '../../ports/files.ts';
import type { Log } from '../../ports/log.ts';
import { engineConfigFiles } from '../config/docker-paths.ts';
import { takePassphrases } from '../passphrases/variables.ts';
import { jsonLine } from '../render/as-json.ts';
import type { CommandContext, DockerTrust } from '../spec/command-context.ts';
import type { Shown } from '../spec/command-spec.ts';
import { type GlobalValues, strictnessOf } from '../spec/global-flags.ts';
import type { System } from '../spec/process.ts';
import { delayedPrompter } from './delayed-prompter.ts';
import { refusingPrompter } from './no-input.ts';
import type { OutputChannels, PromptChannel, Secrets } from './output-channels.ts';
import { privateAnswers } from './passphrases.ts';
import { Session } from './session.ts';

export interface RunContext {
  readonly context: CommandContext;
  readonly dialogue: PromptChannel;
  /** The context of one command of several in this run. */
  contextFor(outlet: OutputChannels): CommandContext;
  /** Closes the connections, so that the process can end. */
  close(): Promise<void>;
}

/** Opens trust as docker has it, for the commands that follow its conventions. */
export type DockerOpener = (
  secrets: Secrets,
  outlet: OutputChannels,
) => Promise<DockerTrust & { close(): Promise<void> }>;

const noDocker: DockerOpener = () =>
  Promise.reject(new Error("a command that follows Notary's conventions has asked for docker's"));

/** Secrets leave the environment here, before a command runs. */
export function runContext(
  system: System,
  globals: GlobalValues,
  log: Log,
  openDocker: DockerOpener = noDocker,
): RunContext {
  const secrets: Secrets = {
    passphrases: takePassphrases(system.environment),
    notaryAuth: system.environment.take('NOTARY_AUTH'),
  };
  const output = globals.json ? system.stderr : system.stdout;
  const noInput = globals['no-input'];
  const dialogue: PromptChannel = { output, prompter: noInput ? refusingPrompter : system.prompter(output) };
  let begun: Session | undefined;
  const run = (): Session => {
    begun ??= new Session(system, globals, log, { secrets, person: dialogue.prompter });
    return begun;
  };
  let docker: ReturnType<DockerOpener> | undefined;
  const { files, clock, random, build } = system;
  const given = { forProgram: globals.json, noInput, serverIsNamed: globals.server !== '' };
  const strictness = strictnessOf(globals, system.environment);
  const contextFor = (outlet: OutputChannels): CommandContext => ({
    ...{ files, clock, random, build, log: outlet.log, ...given },
    caution: cautionFor(strictness, outlet.log),
    prompter: delayedPrompter(outlet.dialogue.prompter, async () => begun?.serverReady()),
    questionWidth: () => widthOf(outlet.dialogue.output),
    print: (line) => (globals.json ? undefined : outlet.stdout.write(`${line}\n`)),
    write: (chunk) => (globals.json ? undefined : outlet.stdout.write(chunk)),
    configure: async () => {
      await run().config();
    },
    openRepository: (gun, access, mode, server) =>
      run().openRepository(gun, access, outlet, { mode, server }),
    openKeys: (mode) => run().openKeys(outlet, mode),
    serverUrl: () => run().serverUrl(),
    openArchive: (path) => run().openArchive(path),
    beginArchive: (path, options) => run().beginArchive(path, options),
    openRegistry: (plainHttp) => run().openRegistry(plainHttp),
    openConfigFile: () => run().openConfigFile(),
    openDockerCache: (gun) => run().openDockerCache(gun),
    engineConfigFiles: () => engineConfigFiles(system.environment),
    openCollaborators: () => run().openCollaborators(),
    openHeldNames: () => run().openHeldNames(outlet),
    openDockerPlugins: () => run().openDockerPlugins(outlet),
    openSandbox: () => run().openSandbox(outlet),
    printError: (line) => (globals.json ? undefined : system.stderr.write(`${line}\n`)),
    openDocker: () => (docker ??= openDocker(secrets, outlet)),
  });
  const close = async (): Promise<void> => {
    await begun?.close();
    await (await docker?.catch(() => undefined))?.close();
  };
  const context = contextFor({
    ...{ stdout: system.stdout, log, dialogue },
    repositoryPassphrases: privateAnswers(),
    importPassphrases: privateAnswers,
  });
  return { context, dialogue, contextFor, close };
}

/** Of a terminal; one that does not say its width has the usual one. */
function widthOf(output: Output): number | undefined {
  return output.isTerminal ? (output.columns ?? 80) : undefined;
}

/** Writes the result of a command. */
export async function showResult(
  result: Shown,
  stdout: Output,
  { json, wide }: Pick<GlobalValues, 'json' | 'wide'>,
): Promise<void> {
  if (json && result.jsonLines !== undefined) {
    for (const line of result.jsonLines()) stdout.write(jsonLine(line));
    return;
  }
  const document = json ? result.json() : undefined;
  if (document !== undefined) stdout.write(jsonLine(document));
  else if (!json) {
    const layout = {
      // Asked only by what is laid out for a terminal: the answer costs the loading of node:tty.
      get terminal() {
        return stdout.isTerminal;
      },
      ...{ columns: () => stdout.columns, wide },
    };
    stdout.write(await result.text(layout));
  }
}
