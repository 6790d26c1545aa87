/** Implements the Sandbox port: a server in this process, in another, or around a program. */

import { join } from 'node:path';
import type { Sandbox, SandboxAddress } from '../../ports/sandbox.ts';
import { detachSandbox } from './detach.ts';
import { findSandbox, stopSandbox } from './locate.ts';
import { runWithSandbox } from './run-command.ts';
import { awaitSignal } from './signals.ts';
import { type SandboxPorts, startSandbox } from './start.ts';

/** What the sandbox needs of the environment. */
export interface SandboxEnvironment {
  readonly home: string | undefined;
  readonly stateHome: string | undefined;
  /**
   * Variables that this process has removed from its own environment: the programs that it starts get them back.
   */
  readonly taken: Readonly<Record<string, string>>;
}

export function openSandbox({ home, stateHome, taken }: SandboxEnvironment, ports: SandboxPorts): Sandbox {
  return {
    // A relative XDG_STATE_HOME is to be ignored (XDG Base Directory Specification).
    defaultFolder: join(
      stateHome?.startsWith('/') === true ? stateHome : join(home ?? '/', '.local/state'),
      'tsnotary/sandbox',
    ),
    async start(options) {
      const signal = awaitSignal();
      const running = await startSandbox(options, ports).catch((error: unknown) => {
        signal.forget();
        throw error;
      });
      const { url, ca, folder, pid }: SandboxAddress = running;
      const done = signal.heard.then(() => running.close());
      return { url, ca, folder, pid, done };
    },
    detach: (options) => detachSandbox(options),
    find: findSandbox,
    stop: stopSandbox,
    run: (command, options) => runWithSandbox(command, options, { ports, taken }),
  };
}
