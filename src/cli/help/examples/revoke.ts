/** Lists examples for `delegation revoke`. */

import type { Examples } from '../../spec/command-spec.ts';

export const revoke: Examples = [
  {
    summary: "What would become of the tags without Bob's keys?",
    line: 'tsnotary delegation revoke docker.io/alice/demo bob --dry-run',
  },
  {
    summary: "Revoke Eve's keys, and sign again with Bob's what stays",
    line: 'tsnotary delegation revoke docker.io/alice/demo eve --sign-with bob -y',
  },
  {
    summary: 'Revoke them in every repository that team.txt names, and keep all tags',
    line: 'tsnotary delegation revoke --repos team.txt eve --keep-tags-in targets -y',
  },
];
