/** Starts the program: connects the command line to the real arguments, environment, streams and signals. */

import packageJson from '../../package.json' with { type: 'json' };
import { systemClock } from '../adapters/system/clock.ts';
import { systemFiles } from '../adapters/system/files.ts';
import { processOutput, systemDescriptor } from '../adapters/system/output.ts';
import { systemRandom } from '../adapters/system/random.ts';
import { rawArguments, rawVariable } from '../adapters/system/raw-words.ts';
import { StandardInput } from '../adapters/system/standard-input.ts';
import { terminalPrompter } from '../adapters/system/terminal.ts';
import { type PluginStart, pluginStart } from './docker-plugin/plugin-start.ts';
import { createLog } from './run/logger.ts';
import { reportFailure } from './run/report-failure.ts';
import { runCli } from './run-cli.ts';
import type { Environment, System } from './spec/process.ts';

/** Put in by the bundler; absent when the sources run unbundled. */
declare const BUILD_COMMIT: string | undefined;

/** Shells report a program that died writing to a closed pipe as 128 + SIGPIPE. */
const closedPipeStatus = 141;

const environment: Environment = {
  get: (name) => process.env[name],
  take(name) {
    const value = process.env[name];
    Reflect.deleteProperty(process.env, name);
    return rawVariable(name, value);
  },
  names: () => Object.keys(process.env),
};

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    // The working directory was removed meanwhile; absolute paths still work.
    return '/';
  }
}

/** The words of this program, also where it is started as a plugin of docker. */
function startWords(): Pick<PluginStart, 'words' | 'problem'> & { readonly program?: string } {
  const words = rawArguments(process.argv.slice(2));
  const byDocker = process.env['DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND'] !== undefined;
  const plugin = pluginStart({ words, calledAs: [process.argv[1], process.argv0], byDocker });
  if (plugin === undefined) return { words };
  const socket = process.env['DOCKER_CLI_PLUGIN_SOCKET'] ?? '';
  if (socket !== '') void endWithDocker(socket);
  for (const [name, value] of Object.entries(plugin.variables)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  return plugin;
}

/** As if docker had passed on the signal on which it closes the socket. */
async function endWithDocker(socket: string): Promise<void> {
  const { whenDockerEnds } = await import('../adapters/system/docker-socket.ts');
  whenDockerEnds(socket, () => process.kill(process.pid, 'SIGTERM'));
}

async function main(): Promise<void> {
  const input = new StandardInput(() => process.stdin);
  const stdout = processOutput(systemDescriptor(1), '/dev/stdout');
  const stderr = processOutput(systemDescriptor(2), '/dev/stderr', (process.env['NO_COLOR'] ?? '') !== '');
  const clock = systemClock();
  const system: System = {
    environment,
    stdout,
    stderr,
    prompter: (output) =>
      terminalPrompter({
        input,
        output,
        dumb: process.env['TERM'] === 'dumb',
        die: (signal) => process.kill(process.pid, signal),
        signalGroup: (signal) => process.kill(0, signal),
      }),
    files: systemFiles(workingDirectory(), (maxBytes) => input.rest(maxBytes)),
    clock,
    random: systemRandom,
    build: {
      version: packageJson.version,
      commit: typeof BUILD_COMMIT === 'string' ? BUILD_COMMIT : '',
      runtime: `none (Node.js ${process.version})`,
    },
  };
  process.on('uncaughtException', (error) => {
    const log = createLog(stderr, clock, 'warning');
    process.exitCode = reportFailure(error, { fatal: stderr, stderr, log });
  });
  const status = await run(system);
  input.close();
  process.exitCode = stdout.closed() ? closedPipeStatus : status;
}

async function run(system: System): Promise<number> {
  const { words, problem, program } = startWords();
  if (problem === undefined) return runCli(words, { ...system, ...(program !== undefined && { program }) });
  system.stderr.write(`${problem}\n`);
  await system.stderr.flush();
  return 1;
}

void main();
