/** A sandbox as a process of its own, as `tsnotary sandbox start` makes it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { cleanEnvironment, commandOf } from '../support/genuine/programs.ts';
import { adopt } from '../support/genuine/scratch.ts';

export interface SandboxChild {
  readonly child: ChildProcess;
  readonly url: string;
  readonly port: number;
  readonly ca: string;
  /** What it has written on standard error so far. */
  readonly stderr: () => string;
  /** Ends it by a signal, and tells how it ended: its status, or the signal. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Begins to start a sandbox on a free port; `ready` rejects when it ends before it listens. */
export function spawnSandbox(
  folder: string,
  words: readonly string[] = ['--port', '0'],
): { readonly child: ChildProcess; readonly ready: Promise<SandboxChild> } {
  const [command = '', ...first] = commandOf('tsnotary');
  const child = spawn(command, [...first, 'sandbox', 'start', '--json', '--dir', folder, ...words], {
    env: cleanEnvironment({ HOME: folder }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  adopt(child);
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ready = new Promise<SandboxChild>((resolve, reject) => {
    child.once('exit', (status, signal) => reject(new Error(`ended: ${status ?? signal ?? ''}\n${stderr}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (!stdout.endsWith('\n')) return;
      const { url, ca } = JSON.parse(stdout) as { url: string; ca: string };
      const end = (signal: NodeJS.Signals) => ended(child, signal);
      resolve({ child, url, ca, port: Number(new URL(url).port), stderr: () => stderr, end });
    });
  });
  return { child, ready };
}

/** Sends a signal and waits for the end. */
export function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve(child.exitCode ?? child.signalCode);
      return;
    }
    child.once('exit', (status, by) => resolve(status ?? by));
    child.kill(signal);
  });
}
