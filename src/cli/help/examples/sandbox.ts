/** Lists examples for the sandbox commands. */

import type { Examples } from '../../spec/command-spec.ts';

export const start: Examples = [
  { summary: 'Start a server in this terminal, until Ctrl-C', line: 'tsnotary sandbox start' },
  {
    summary: 'Start one in the background, for a script',
    line: 'tsnotary sandbox start --detach --port 0 --json',
  },
];

export const status: Examples = [
  { summary: 'Does it run, and where?', line: 'tsnotary sandbox status' },
  { summary: 'The same for a script', line: 'tsnotary sandbox status --json' },
];

export const stop: Examples = [
  { summary: 'Stop the one that runs in the background', line: 'tsnotary sandbox stop' },
  { summary: 'Stop the one of another directory', line: 'tsnotary sandbox stop --dir ./server' },
];

export const run: Examples = [
  {
    summary: 'A shell that is set up for a server of its own',
    line: 'tsnotary sandbox run -- sh',
  },
  { summary: 'A test with a server of its own', line: 'tsnotary sandbox run -- ./signing-test.sh' },
];

export const certificate: Examples = [
  {
    summary: 'Make alice.key, to import, and alice.crt, for delegation add',
    line: 'tsnotary sandbox certificate alice',
  },
  { summary: 'Put them into the directory keys', line: 'tsnotary sandbox certificate alice -o keys' },
];
