/** Lists examples for the commands of `trust`. */

import type { Examples } from '../../spec/command-spec.ts';

export const inspect: Examples = [
  {
    summary: 'Who has signed which tags of an image?',
    line: 'tsnotary trust inspect --pretty registry.example.com/app',
  },
  {
    summary: 'One tag, for a script',
    line: 'tsnotary trust inspect registry.example.com/app:1.0',
  },
];

export const resolve: Examples = [
  {
    summary: 'Deploy what was signed, by its digest',
    line: 'docker pull "$(tsnotary trust resolve registry.example.com/app:1.0)"',
  },
  {
    summary: 'All images of a list, one a line',
    line: 'tsnotary trust resolve --file images.txt',
  },
];
