/** Lists examples for `expiry` and `renew`. */

import type { Examples } from '../../spec/command-spec.ts';

export const expiry: Examples = [
  { summary: 'What ends when?', line: 'tsnotary expiry docker.io/alice/demo' },
  {
    summary: 'Would readers still succeed in half a year?',
    line: 'tsnotary expiry docker.io/alice/demo --at +180d',
  },
  {
    summary: 'For Prometheus, of every repository that team.txt names',
    line: 'tsnotary expiry --repos team.txt --textfile notary.prom',
  },
];

export const renew: Examples = [
  { summary: 'What is due, and who can sign it?', line: 'tsnotary renew docker.io/alice/demo --dry-run' },
  {
    summary: 'In a timer: renew what has less than 90 days left, in every repository',
    line: 'tsnotary renew --repos team.txt --within 90d -y',
  },
  {
    summary: 'Sign a role again for half a year, due or not',
    line: 'tsnotary renew docker.io/alice/demo -r targets/releases --all-roles --for 180d -y',
  },
];
