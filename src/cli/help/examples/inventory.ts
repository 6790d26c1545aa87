/** Lists examples for `inventory`. */

import type { Examples } from '../../spec/command-spec.ts';

export const inventory: Examples = [
  { summary: 'What is signed, and by whom?', line: 'tsnotary inventory docker.io/alice/demo' },
  {
    summary: 'What has moved or gone in the registry, and what is signed there already?',
    line: 'tsnotary inventory docker.io/alice/demo --registry --check cosign,notation',
  },
  {
    summary: 'Sign again with cosign, by digest, what has no signature of it yet',
    line: 'tsnotary inventory docker.io/alice/demo --missing cosign --format refs | xargs -n1 cosign sign',
  },
];
