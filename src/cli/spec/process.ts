/** Describes the process as the command line uses it. `main.ts` builds it from the real one, tests build their own. */

import type { Clock, RandomBytes } from '../../ports/clock.ts';
import type { Files, Output } from '../../ports/files.ts';
import type { Prompter } from '../../ports/prompts.ts';

/** Environment variables. */
export interface Environment {
  /** The value of a variable, or undefined when it is not set. */
  get(name: string): string | undefined;
  /** As `get`, and the variable is gone afterwards, also for programs started later. For secrets. */
  take(name: string): string | undefined;
  /** The names of all variables that are set. */
  names(): readonly string[];
}

/** What `version` tells about this build. */
export interface BuildInfo {
  readonly version: string;
  readonly commit: string;
  /** The language runtime, such as `node v20.20.2`. */
  readonly runtime: string;
}

export interface System {
  readonly environment: Environment;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The prompter that asks on an output: standard output, or standard error where standard output carries data. */
  readonly prompter: (dialogue: Output) => Prompter;
  readonly files: Files;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly build: BuildInfo;
  /** What the user types before the words of a command, where that is not this program: `docker`, for a plugin. */
  readonly program?: string;
}
