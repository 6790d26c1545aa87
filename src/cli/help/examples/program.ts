/** Lists examples for the commands about the program itself. */

import type { Examples } from '../../spec/command-spec.ts';

export const version: Examples = [
  { summary: 'What is running?', line: 'tsnotary version' },
  { summary: 'The same for a script', line: 'tsnotary version --json' },
];

export const bash: Examples = [
  { summary: 'In the shell that is running', line: 'source <(tsnotary completion bash)' },
  {
    summary: 'In all later ones',
    line: "echo 'source <(tsnotary completion bash)' >> ~/.bashrc",
  },
];

export const fish: Examples = [
  { summary: 'In the shell that is running', line: 'tsnotary completion fish | source' },
  {
    summary: 'In all later ones',
    line: 'tsnotary completion fish > ~/.config/fish/completions/tsnotary.fish',
  },
];

export const powershell: Examples = [
  {
    summary: 'In the shell that is running',
    line: 'tsnotary completion powershell | Out-String | Invoke-Expression',
  },
  { summary: 'In all later ones', line: 'tsnotary completion powershell >> $PROFILE' },
];

export const zsh: Examples = [
  { summary: 'In the shell that is running', line: 'source <(tsnotary completion zsh)' },
  {
    summary: 'In all later ones, with a directory of $fpath',
    line: 'tsnotary completion zsh > ~/.zfunc/_tsnotary',
  },
];
