/** `completion`: prints a script by which a shell completes the command lines of tsnotary. */

import { NotaryError } from '../../../errors.ts';
import { goQuote } from '../../../go/quote.ts';
import type { View } from '../../render/view.ts';
import { defineCommand, type GroupSpec, rendered } from '../../spec/command-spec.ts';
import { programName } from '../../spec/command-tree.ts';

export const completionGroup: GroupSpec = {
  path: ['completion'],
  short: 'Prints a script for completion in a shell',
  long:
    'Prints a script that teaches a shell to complete the commands and flags of tsnotary, and the GUNs, roles, ' +
    'targets and key IDs that this machine holds. The help of each shell shows where the script belongs.',
};

type Shell = 'bash' | 'fish' | 'powershell' | 'zsh';

const scriptView: View<string> = { text: (script) => script, json: (script) => ({ script }) };

/** Imported when asked for: no other command needs these texts. */
const scripts: Readonly<Record<Shell, () => Promise<(request: string) => string>>> = {
  bash: async () => (await import('../../completion/scripts/bash.ts')).bashScript,
  fish: async () => (await import('../../completion/scripts/fish.ts')).fishScript,
  powershell: async () => (await import('../../completion/scripts/powershell.ts')).powershellScript,
  zsh: async () => (await import('../../completion/scripts/zsh.ts')).zshScript,
};

function forShell(shell: Shell, name: string, remark: string) {
  return defineCommand({
    path: ['completion', shell],
    operands: '',
    surplus: 'checked',
    // Cobra says so for bash alone.
    hideFlagsInUsage: shell === 'bash',
    short: `Prints the script for ${name}`,
    long: `Prints the script for ${name}. ${remark}`,
    examples: async () => (await import('../../help/examples/program.ts'))[shell],
    flags: { 'no-descriptions': { type: 'bool', usage: 'Complete without saying what each word means' } },
    async run(_context, { args, flags }) {
      const [surplus] = args;
      if (surplus !== undefined) {
        const path = `${programName} completion ${shell}`;
        throw new NotaryError('UNKNOWN_COMMAND', `unknown command ${goQuote(surplus)} for ${goQuote(path)}`);
      }
      const script = await scripts[shell]();
      return rendered(scriptView, script(flags['no-descriptions'] ? '__completeNoDesc' : '__complete'));
    },
  });
}

export const completionBash = forShell('bash', 'bash', 'The package bash-completion is not needed.');

export const completionFish = forShell('fish', 'fish', 'Fish reads it when it completes for the first time.');

export const completionPowershell = forShell(
  'powershell',
  'PowerShell',
  'The file that $PROFILE names is read by every new PowerShell.',
);

export const completionZsh = forShell(
  'zsh',
  'zsh',
  'Completion must be on (autoload -U compinit; compinit).',
);
