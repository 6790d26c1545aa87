/** Describes the channels of one command: where it writes, where it asks, and the secrets from the environment. */

import type { Output } from '../../ports/files.ts';
import type { Log } from '../../ports/log.ts';
import type { Prompter } from '../../ports/prompts.ts';
import type { PassphraseVariables } from '../passphrases/variables.ts';
import type { SharedAnswers } from './passphrases.ts';

/** Secrets taken from the environment, then removed from it. */
export interface Secrets {
  readonly passphrases: PassphraseVariables;
  /** `NOTARY_AUTH` as it was set. */
  readonly notaryAuth: string | undefined;
}

/** Where questions appear, and who answers them. */
export interface PromptChannel {
  readonly output: Output;
  readonly prompter: Prompter;
}

/** Where one command writes, who answers its questions, and the passphrases given so far. */
export interface OutputChannels {
  readonly stdout: Output;
  readonly log: Log;
  readonly dialogue: PromptChannel;
  /** For all collections that the command opens. */
  readonly repositoryPassphrases: SharedAnswers;
  /** For each opening of the key store apart from them. */
  importPassphrases(): SharedAnswers;
}
