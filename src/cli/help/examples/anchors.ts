/** Lists examples for the commands on roots of trust. */

import type { Examples } from '../../spec/command-spec.ts';

const gun = 'docker.io/alice/demo';

export const show: Examples = [
  { summary: 'Which root is trusted, and why?', line: `tsnotary anchor show ${gun}` },
  {
    summary: 'The fingerprint of its certificate, to tell it to others',
    line: `tsnotary anchor show ${gun} --format fingerprint`,
  },
  { summary: 'The roots of many collections', line: 'tsnotary anchor show --repos team.txt --json' },
];

export const check: Examples = [
  { summary: 'Is this the fingerprint of the root?', line: `tsnotary anchor check ${gun} FINGERPRINT` },
  {
    summary: 'Is the root that is cached the one with this fingerprint?',
    line: `tsnotary anchor check ${gun} FINGERPRINT --offline`,
  },
];

export const pin: Examples = [
  { summary: 'Pin the root with this fingerprint', line: `tsnotary anchor pin ${gun} FINGERPRINT` },
  {
    summary: 'Pin it in the configuration of a build machine',
    line: `tsnotary anchor pin ${gun} FINGERPRINT -c build.json`,
  },
];

export const refresh: Examples = [
  { summary: 'Follow the rotations of the root', line: `tsnotary anchor refresh ${gun}` },
  {
    summary: 'Trust a new root whose owner has told its fingerprint',
    line: `tsnotary anchor refresh ${gun} FINGERPRINT`,
  },
];
