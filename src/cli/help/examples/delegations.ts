/** Lists examples for the commands on delegations. `KEY_ID` stands for an ID as `delegation list` shows it. */

import type { Examples } from '../../spec/command-spec.ts';

export const add: Examples = [
  {
    summary: 'Let Bob sign every tag, from the next publish on',
    line: 'tsnotary delegation add docker.io/alice/demo targets/releases bob.pem --all-paths',
  },
  {
    summary: 'Let two people sign targets with the prefix linux/, and publish at once',
    line: 'tsnotary delegation add docker.io/alice/demo targets/linux bob.pem eve.pem --paths linux/ -p',
  },
  {
    summary: 'Let Bob sign in every repository that team.txt names',
    line: 'tsnotary delegation add --repos team.txt targets/releases bob.pem --all-paths -p',
  },
];

export const list: Examples = [
  { summary: 'Who may sign what?', line: 'tsnotary delegation list docker.io/alice/demo' },
  {
    summary: 'The same for every repository of a list',
    line: 'tsnotary delegation list --repos team.txt --json',
  },
];

export const remove: Examples = [
  {
    summary: 'Revoke one key of a delegation (KEY_ID: as delegation list shows it)',
    line: 'tsnotary delegation remove docker.io/alice/demo targets/releases KEY_ID -p',
  },
  {
    summary: 'Remove a path from it',
    line: 'tsnotary delegation remove docker.io/alice/demo targets/linux --paths linux/',
  },
  {
    summary: 'Remove the delegation as a whole, without a question',
    line: 'tsnotary delegation remove docker.io/alice/demo targets/releases -y -p',
  },
];

export const purge: Examples = [
  {
    summary: 'Revoke a key in all delegations (KEY_ID: as delegation list shows it)',
    line: 'tsnotary delegation purge docker.io/alice/demo --key KEY_ID -p',
  },
  {
    summary: 'Revoke a key in every repository that team.txt names',
    line: 'tsnotary delegation purge --repos team.txt --key KEY_ID -p',
  },
];

export const witness: Examples = [
  {
    summary: 'Sign a role again that expires soon, or that has lost a key',
    line: 'tsnotary witness docker.io/alice/demo targets/releases -p',
  },
  {
    summary: 'Stage that for two roles',
    line: 'tsnotary witness docker.io/alice/demo targets targets/releases',
  },
];
