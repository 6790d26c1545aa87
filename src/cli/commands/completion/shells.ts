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

function forShell(shell: Shell, name: string, where: string) {
  return defineCommand({
    path: ['completion', shell],
    operands: '',
    short: `Prints the script for ${name}`,
    long: `Prints the script for ${name}.\n\n${where}`,
    flags: { 'no-descriptions': { type: 'bool', usage: 'Complete without saying what each word means' } },
    // Cobra says so for bash alone.
    bareUsage: shell === 'bash',
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
  'bash 3.2 or later',
  'Now:\n  source <(tsnotary completion bash)\n\n' +
    'Always, where the package bash-completion is installed:\n' +
    '  tsnotary completion bash > ~/.local/share/bash-completion/completions/tsnotary\n' +
    'or else put the first line into ~/.bashrc.',
);

export const completionFish = forShell(
  'fish',
  'fish 3 or later',
  'Now:\n  tsnotary completion fish | source\n\n' +
    'Always:\n  tsnotary completion fish > ~/.config/fish/completions/tsnotary.fish',
);

export const completionPowershell = forShell(
  'powershell',
  'PowerShell 5.1 or later',
  'Now:\n  tsnotary completion powershell | Out-String | Invoke-Expression\n\n' +
    'Always: put that line into the file that $PROFILE names.',
);

export const completionZsh = forShell(
  'zsh',
  'zsh',
  'Now, when completion is on (autoload -U compinit; compinit):\n  source <(tsnotary completion zsh)\n\n' +
    'Always:\n  tsnotary completion zsh > "${fpath[1]}/_tsnotary"',
);
