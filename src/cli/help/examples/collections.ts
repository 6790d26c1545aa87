/** Lists examples for the commands on a collection as a whole. */

import type { Examples } from '../../spec/command-spec.ts';

export const init: Examples = [
  { summary: 'Make a collection and publish it', line: 'tsnotary init docker.io/alice/demo -p' },
  {
    summary: 'Use a root key from a backup in place of a new one',
    line: 'tsnotary init docker.io/alice/demo --rootkey root-key.pem',
  },
];

export const publish: Examples = [
  { summary: 'Sign and send what is staged', line: 'tsnotary publish docker.io/alice/demo' },
  {
    summary: 'Do so for every repository that team.txt names, one a line',
    line: 'tsnotary publish --repos team.txt',
  },
];

export const status: Examples = [
  { summary: 'What would publish send?', line: 'tsnotary status docker.io/alice/demo' },
  { summary: 'The same for a script', line: 'tsnotary status docker.io/alice/demo --json' },
];

export const reset: Examples = [
  {
    summary: 'Discard the first and the third staged change',
    line: 'tsnotary reset docker.io/alice/demo -n 0,2',
  },
  { summary: 'Discard all of them', line: 'tsnotary reset docker.io/alice/demo --all' },
];

export const deleteCommand: Examples = [
  {
    summary: 'Delete what is cached and staged on this machine',
    line: 'tsnotary delete docker.io/alice/demo',
  },
  {
    summary: 'Delete the collection on the server, for all users',
    line: 'tsnotary delete docker.io/alice/demo --remote',
  },
];

export const diff: Examples = [
  { summary: 'What would publish change, and would it work?', line: 'tsnotary diff docker.io/alice/demo' },
  {
    summary: 'The same for a script, with every target by name',
    line: 'tsnotary diff docker.io/alice/demo --full --json',
  },
  {
    summary: 'What has changed since version 2 of targets?',
    line: 'tsnotary diff docker.io/alice/demo @2 published',
  },
];
