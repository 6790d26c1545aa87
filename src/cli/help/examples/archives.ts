/** Lists examples for the commands on archives. */

import type { Examples } from '../../spec/command-spec.ts';

const gun = 'docker.io/alice/demo';

export const create: Examples = [
  { summary: 'Keep a collection before its server goes', line: `tsnotary archive create ${gun} -o demo.tar` },
  {
    summary: 'Many collections, with every version that is left',
    line: 'tsnotary archive create --repos team.txt --history -o team.tar',
  },
  {
    summary: 'Go on after the connection broke off',
    line: 'tsnotary archive create --repos team.txt --history -o team.tar --continue',
  },
];

export const verify: Examples = [
  {
    summary: 'Is it what the owner signed?',
    line: 'tsnotary archive verify demo.tar --root FINGERPRINT',
  },
  {
    summary: 'The same for a script, for all that it holds',
    line: 'tsnotary archive verify team.tar --json',
  },
];

export const list: Examples = [
  { summary: 'What does it hold?', line: 'tsnotary archive list team.tar' },
  { summary: 'The same for a script', line: 'tsnotary archive list team.tar --json' },
];

export const restore: Examples = [
  {
    summary: 'Look first: what stays, what is made anew, who cannot follow?',
    line: 'tsnotary archive restore demo.tar --to https://notary.example.com --dry-run',
  },
  {
    summary: 'Bring it to a server of your own; again, if that was interrupted',
    line: `tsnotary archive restore demo.tar ${gun} --to https://notary.example.com -y`,
  },
];
