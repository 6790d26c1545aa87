/** Runs passphrase commands within limits. */

import type { CommandRunner } from '../passphrases/command.ts';

/** Milliseconds and bytes for a passphrase command. */
const commandLimits = { timeout: 30_000, maxBytes: 64 * 1024 };

export const runCommand: CommandRunner = async (program, words, variables) => {
  const { runPassphraseCommand } = await import('../../adapters/system/passphrase-command.ts');
  return runPassphraseCommand({ program, words, variables, ...commandLimits });
};
