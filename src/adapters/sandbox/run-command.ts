/**
 * Runs a program with a sandbox of its own.
 *
 * The genuine client reads its configuration from its home directory and from nowhere else, so the program gets a
 * home of its own, in which all three clients find the server; keys of its user are out of its reach, too. tsnotary is
 * on its PATH, also where it was started from a clone or by npx.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { isatty } from 'node:tty';
import { utf8 } from '../../encoding/bytes.ts';
import { goJson } from '../../encoding/canonical-json.ts';
import type { JsonValue } from '../../encoding/json-value.ts';
import { NotaryError } from '../../errors.ts';
import { systemReason } from '../../go/errno.ts';
import type { SandboxAddress, SandboxOptions } from '../../ports/sandbox.ts';
import { makeFolder, writeAtomically } from '../fs/atomic-write.ts';
import { readRegularFile } from '../fs/read-file.ts';
import { ownCommand, writeLauncher } from './own-command.ts';
import { type SandboxPorts, startSandbox } from './start.ts';

/** What is passed on to the program; SIGINT and SIGQUIT reach it from its terminal by themselves. */
const fromTerminal = ['SIGINT', 'SIGQUIT'] as const;
const passedOn = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', ...fromTerminal] as const;

/** As `Sandbox.run`. @param taken variables that the program gets besides those of this process */
export async function runWithSandbox(
  command: readonly [string, ...string[]],
  options: SandboxOptions,
  { ports, taken }: { readonly ports: SandboxPorts; readonly taken: Readonly<Record<string, string>> },
): Promise<number> {
  let child: ChildProcess | undefined;
  let early: NodeJS.Signals | undefined;
  const pass = (signal: NodeJS.Signals) => {
    if (child === undefined) early = signal;
    else if (!fromTerminal.some((name) => name === signal) || !hasTerminal()) child.kill(signal);
  };
  for (const signal of passedOn) process.on(signal, pass);
  try {
    const sandbox = await startSandbox(options, ports);
    try {
      const home = join(sandbox.folder, 'home');
      furnish(home, sandbox);
      const env = { ...process.env, ...taken, ...variables(home, sandbox) };
      if (early !== undefined) return 128 + constants.signals[early];
      const [program, ...words] = command;
      child = spawn(program, words, { stdio: 'inherit', env });
      return await statusOf(child, program);
    } finally {
      await sandbox.close();
    }
  } finally {
    for (const signal of passedOn) process.removeListener(signal, pass);
  }
}

/** True when the signals of a terminal reach this process and the program alike. */
function hasTerminal(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor));
}

function statusOf(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(
        new NotaryError('COMMAND_NOT_STARTED', `exec ${program}: ${systemReason(cause)}`, {
          details: { file: program },
          hint: 'Name a program that is on the PATH, or give its path, after --.',
          cause,
        }),
      );
    });
    child.once('exit', (status, signal) => {
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** Where a system looks for programs that has not been told. */
const usualPath = ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);

function programs(home: string): string {
  return join(home, '.tsnotary/bin');
}

/** What programs find in their environment; the help of the command lists it. */
function variables(home: string, { url, ca }: SandboxAddress): Readonly<Record<string, string>> {
  return {
    HOME: home,
    PATH: [programs(home), process.env['PATH'] ?? usualPath].join(delimiter),
    DOCKER_CONFIG: join(home, '.docker'),
    DOCKER_CONTENT_TRUST: '1',
    DOCKER_CONTENT_TRUST_SERVER: url,
    TSNOTARY_SANDBOX_URL: url,
    TSNOTARY_SANDBOX_CA: ca,
  };
}

/** Writes the configuration of the clients. What is in a home already stays, apart from where the server is. */
function furnish(home: string, { url, ca }: SandboxAddress): void {
  const config = join(home, '.notary/config.json');
  const settings = new Map<string, JsonValue>([
    ['trust_dir', join(home, '.docker/trust')],
    ['remote_server', new Map(Object.entries({ url, root_ca: ca }))],
  ]);
  write(config, utf8(`${goJson(settings)}\n`));
  const certificate = readRegularFile(ca, { followLinks: false });
  const trusted = join(home, '.docker/tls', new URL(url).host, 'ca.crt');
  if (certificate !== undefined) write(trusted, certificate.bytes);
  writeLauncher(programs(home), ownCommand());
}

function write(path: string, bytes: Uint8Array): void {
  makeFolder(dirname(path));
  writeAtomically(path, bytes);
}
