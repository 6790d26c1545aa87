/** Builds what commands ask for out of the adapters, when they ask for it. */

import type { Log } from '../ports.ts';
import type { CommandContext } from './context.ts';
import type { GlobalValues } from './global-flags.ts';
import type { System } from './system.ts';

export interface Composition {
  readonly context: CommandContext;
  /** Lets go of connections, so that the process can end. */
  close(): Promise<void>;
}

export function compose(system: System, _globals: GlobalValues, log: Log): Composition {
  const context: CommandContext = {
    files: system.files,
    prompter: system.prompter,
    log,
    build: system.build,
    say: (line) => system.stdout.write(`${line}\n`),
    write: (chunk) => system.stdout.write(chunk),
    openCollection: () => Promise.reject(new Error('no store yet')),
  };
  return { context, close: async () => undefined };
}
