/** Lists examples for the commands on targets. */

import type { Examples } from '../../spec/command-spec.ts';

export const add: Examples = [
  { summary: 'Stage a file as the target 1.0', line: 'tsnotary add docker.io/alice/demo 1.0 app.tar' },
  {
    summary: 'Sign it with a delegation key, and publish at once',
    line: 'tsnotary add docker.io/alice/demo 1.0 app.tar -r targets/releases -p',
  },
];

export const addhash: Examples = [
  {
    summary: 'Stage an image in a registry, by the size and digest of its manifest',
    line: 'tsnotary addhash docker.io/alice/demo 1.0 1024 --sha256 "$DIGEST" -r targets/releases',
  },
  {
    summary: 'Stage a file whose digest is known',
    line: 'tsnotary addhash docker.io/alice/demo 1.0 "$(stat -c %s app.tar)" --sha256 "$DIGEST"',
  },
];

export const remove: Examples = [
  { summary: 'Stage the removal of the target 1.0', line: 'tsnotary remove docker.io/alice/demo 1.0' },
  {
    summary: 'Remove it where docker has put it, and publish at once',
    line: 'tsnotary remove docker.io/alice/demo 1.0 -r targets/releases -p',
  },
];

export const list: Examples = [
  { summary: 'What is signed, and by which role', line: 'tsnotary list docker.io/alice/demo' },
  {
    summary: 'Only what a delegation has signed',
    line: 'tsnotary list docker.io/alice/demo -r targets/releases',
  },
];

export const lookup: Examples = [
  { summary: 'Which digest is 1.0?', line: 'tsnotary lookup docker.io/alice/demo 1.0' },
  { summary: 'The same for a script', line: 'tsnotary lookup docker.io/alice/demo 1.0 --json' },
];

export const verify: Examples = [
  {
    summary: 'Is this file what was signed as 1.0? The exit status answers',
    line: 'tsnotary verify docker.io/alice/demo 1.0 -i app.tar -q',
  },
  {
    summary: 'Unpack a download only if it is what was signed',
    line: 'tsnotary verify docker.io/alice/demo 1.0 < app.tar | tar x',
  },
];
