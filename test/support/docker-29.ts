/**
 * Drives plugins as the docker CLI 29 does (docker/cli 29.7, cli-plugins/manager), which has no command `trust` itself:
 * it finds a plugin, asks what it is, and runs it with its own command line.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { cleanEnvironment } from './genuine/programs.ts';
import { adopt } from './genuine/scratch.ts';

export interface Ended {
  /** Null when a signal has ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningPlugin {
  readonly ended: Promise<Ended>;
  /** All that it has printed so far. */
  stdout(): string;
  /** Tells the plugin to end, as docker does on its first signal. */
  terminate(): void;
}

export interface Docker29 {
  /** The path of a plugin that docker would run; throws an Error with docker's words where there is none. */
  find(name: string): Promise<string>;
  /** Runs `docker WORDS…`: global flags, the plugin's name, its words. */
  run(words: readonly string[]): Promise<Ended>;
  start(words: readonly string[]): Promise<RunningPlugin>;
}

/** Docker's global flags that take a value. */
const valued = new Set(['--config', '-c', '--context', '-H', '--host', '-l', '--log-level']);

/** The plugin's name on a command line: the first word that is no flag, after `help` or `__complete` too. */
function pluginOf(words: readonly string[]): string {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (valued.has(word)) at++;
    else if (!word.startsWith('-') && !['help', '__complete'].includes(word)) return word;
  }
  return '';
}

/**
 * @param folders where it looks, in this order
 * @param env of docker itself
 */
export function docker29(folders: readonly string[], env: Readonly<Record<string, string>>): Docker29 {
  async function find(name: string): Promise<string> {
    const path = folders.map((folder) => join(folder, `docker-${name}`)).find((file) => existsSync(file));
    if (path === undefined) throw new Error(`docker: unknown command: docker ${name}`);
    const { status, stdout } = await (await started(path, ['docker-cli-plugin-metadata'], env)).ended;
    const { SchemaVersion = '', Vendor = '' } =
      status === 0 ? (JSON.parse(stdout) as { SchemaVersion?: string; Vendor?: string }) : {};
    if (!/^[01]\.\d+\.\d+$/.test(SchemaVersion) || Vendor === '')
      throw new Error(`docker: unknown command: docker ${name}`);
    return path;
  }
  async function start(words: readonly string[]): Promise<RunningPlugin> {
    const path = await find(pluginOf(words));
    const name = `docker_cli_${randomBytes(16).toString('hex')}`;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(`\0${name}`, resolve));
    const close = (): void => {
      server.close();
      for (const socket of sockets) socket.destroy();
    };
    const plugin = await started(path, words, {
      ...env,
      DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND: 'docker',
      DOCKER_CLI_PLUGIN_SOCKET: `@${name}`,
    });
    void plugin.ended.then(close);
    return { ...plugin, terminate: close };
  }
  return { find, start, run: async (words) => (await start(words)).ended };
}

async function started(
  path: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Omit<RunningPlugin, 'terminate'>> {
  const child = spawn(path, words, { env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  adopt(child);
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (piece: Buffer) => stdout.push(piece));
  child.stderr.on('data', (piece: Buffer) => stderr.push(piece));
  const text = (pieces: readonly Buffer[]) => Buffer.concat(pieces).toString();
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) =>
      resolve({ status, signal, stdout: text(stdout), stderr: text(stderr) }),
    );
  });
  return { ended, stdout: () => text(stdout) };
}
