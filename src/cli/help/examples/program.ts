/** Examples for the commands about the program itself. */

import type { Examples } from '../../spec/command-spec.ts';

export const version: Examples = [
  { does: 'What is running?', line: 'tsnotary version' },
  { does: 'The same for a script', line: 'tsnotary version --json' },
];

export const bash: Examples = [
  { does: 'In the shell that is running', line: 'source <(tsnotary completion bash)' },
  {
    does: 'In all later ones',
    line: "echo 'source <(tsnotary completion bash)' >> ~/.bashrc",
  },
];

export const fish: Examples = [
  { does: 'In the shell that is running', line: 'tsnotary completion fish | source' },
  {
    does: 'In all later ones',
    line: 'tsnotary completion fish > ~/.config/fish/completions/tsnotary.fish',
  },
];

export const powershell: Examples = [
  {
    does: 'In the shell that is running',
    line: 'tsnotary completion powershell | Out-String | Invoke-Expression',
  },
  { does: 'In all later ones', line: 'tsnotary completion powershell >> $PROFILE' },
];

export const zsh: Examples = [
  { does: 'In the shell that is running', line: 'source <(tsnotary completion zsh)' },
  {
    does: 'In all later ones, with a folder of $fpath',
    line: 'tsnotary completion zsh > ~/.zfunc/_tsnotary',
  },
];
