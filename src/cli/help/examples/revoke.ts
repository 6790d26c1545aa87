/** Examples for `delegation revoke`. */

import type { Examples } from '../../spec/command-spec.ts';

export const revoke: Examples = [
  {
    summary: "What would become of the tags without Bob's keys?",
    line: 'tsnotary delegation revoke docker.io/alice/demo bob --dry-run',
  },
  {
    summary: "Revoke them, and sign with Carol's key again what stays",
    line: 'tsnotary delegation revoke docker.io/alice/demo bob --sign-with carol -y',
  },
  {
    summary: 'Revoke them in every repository that team.txt names',
    line: 'tsnotary delegation revoke --repos team.txt bob --keep-tags-in targets -y',
  },
];
