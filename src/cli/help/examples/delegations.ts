/** Examples for the commands on delegations. `KEY_ID` stands for an ID as `delegation list` shows it. */

import type { Examples } from '../../spec/command-spec.ts';

export const add: Examples = [
  {
    does: 'Let Bob sign every tag; publish makes it so',
    line: 'tsnotary delegation add docker.io/alice/demo targets/releases bob.crt --all-paths',
  },
  {
    does: 'Let two people sign targets whose names begin with linux/, at once',
    line: 'tsnotary delegation add docker.io/alice/demo targets/linux bob.crt eve.pem --paths linux/ -p',
  },
  {
    does: 'Let Bob sign in every repository that team.txt names',
    line: 'tsnotary delegation add --repos team.txt targets/releases bob.crt --all-paths -p',
  },
];

export const list: Examples = [
  { does: 'Who may sign what?', line: 'tsnotary delegation list docker.io/alice/demo' },
  {
    does: 'The same for every repository of a list',
    line: 'tsnotary delegation list --repos team.txt --json',
  },
];

export const remove: Examples = [
  {
    does: 'Take one key out of a delegation (KEY_ID: as delegation list shows it)',
    line: 'tsnotary delegation remove docker.io/alice/demo targets/releases KEY_ID -p',
  },
  {
    does: 'Take a path from it',
    line: 'tsnotary delegation remove docker.io/alice/demo targets/linux --paths linux/',
  },
  {
    does: 'Remove the delegation as a whole, without a question',
    line: 'tsnotary delegation remove docker.io/alice/demo targets/releases -y -p',
  },
];

export const purge: Examples = [
  {
    does: 'Take a key out of all delegations (KEY_ID: as delegation list shows it)',
    line: 'tsnotary delegation purge docker.io/alice/demo --key KEY_ID -p',
  },
  {
    does: 'Somebody leaves: out of every repository that team.txt names',
    line: 'tsnotary delegation purge --repos team.txt --key KEY_ID -p',
  },
];

export const witness: Examples = [
  {
    does: 'Sign a role anew that expires soon, or that has lost a key',
    line: 'tsnotary witness docker.io/alice/demo targets/releases -p',
  },
  {
    does: 'Stage that for two roles',
    line: 'tsnotary witness docker.io/alice/demo targets targets/releases',
  },
];
