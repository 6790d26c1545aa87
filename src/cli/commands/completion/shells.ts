/** `completion`: prints a script by which a shell completes the command lines of tsnotary. */

import { NotaryError } from '../../../errors.ts';
import { defineCommand, type GroupSpec, shown } from '../../command-spec.ts';
import { programName } from '../../command-tree.ts';
import { goQuote } from '../../render/go-quote.ts';
import type { View } from '../../render/view.ts';

export const completionGroup: GroupSpec = {
  path: ['completion'],
  short: 'Prints a script for completion in a shell',
  long:
    'Prints a script that teaches a shell to complete the commands and flags of tsnotary.\n' +
    'The help of each shell says where the script belongs.',
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

function forShell(shell: Shell, name: string, once: string, kept: string) {
  return defineCommand({
    path: ['completion', shell],
    operands: '',
    // Cobra says so for bash alone.
    bareUsage: shell === 'bash',
    short: `Prints the script for ${name}`,
    long: `Prints the script for ${name}. The shell that is running learns it by\n\n  ${once}\n\n${kept}`,
    flags: { 'no-descriptions': { type: 'bool', usage: 'Complete without saying what each word means' } },
    async run(_context, { args, flags }) {
      const [surplus] = args;
      if (surplus !== undefined) {
        const path = `${programName} completion ${shell}`;
        throw new NotaryError('UNKNOWN_COMMAND', `unknown command ${goQuote(surplus)} for ${goQuote(path)}`);
      }
      const script = await scripts[shell]();
      return shown(scriptView, script(flags['no-descriptions'] ? '__completeNoDesc' : '__complete'));
    },
  });
}

export const completionBash = forShell(
  'bash',
  'bash',
  'source <(tsnotary completion bash)',
  'Put that line into ~/.bashrc for all later ones. The package bash-completion is not needed.',
);

export const completionFish = forShell(
  'fish',
  'fish',
  'tsnotary completion fish | source',
  'Write the script to ~/.config/fish/completions/tsnotary.fish for all later ones.',
);

export const completionPowershell = forShell(
  'powershell',
  'PowerShell',
  'tsnotary completion powershell | Out-String | Invoke-Expression',
  'Put that line into the file that $PROFILE names for all later ones.',
);

export const completionZsh = forShell(
  'zsh',
  'zsh',
  'source <(tsnotary completion zsh)',
  'Completion must be on (autoload -U compinit; compinit). Write the script to a file _tsnotary in a\n' +
    'folder of $fpath for all later ones.',
);
