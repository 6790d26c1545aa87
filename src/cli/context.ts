/** What a command may ask for while it runs. Everything is built when it is first asked for. */

import type { RepositoryPorts } from '../client/repository-ports.ts';
import type { Files, Log, Prompter } from '../ports.ts';
import type { BuildInfo } from './system.ts';

/** What a command wants from the trust server; the words of the token scope, or nothing at all. */
export type Access = 'offline' | 'pull' | 'push,pull' | '*';

export interface CommandContext {
  readonly files: Files;
  readonly prompter: Prompter;
  readonly log: Log;
  readonly build: BuildInfo;
  /** Prints a line on standard output at once: a later failure must follow it. */
  say(line: string): void;
  /** Writes to standard output without adding anything. */
  write(chunk: string | Uint8Array): void;
  /**
   * Opens the collection of a GUN: reads the configuration, makes its folders, and, unless offline,
   * greets the server.
   */
  openCollection(gun: string, access: Access): Promise<RepositoryPorts>;
}
