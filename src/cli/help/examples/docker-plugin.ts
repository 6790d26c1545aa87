/** Lists examples for the commands on plugins of docker. */

import type { Examples } from '../../spec/command-spec.ts';

export const install: Examples = [
  { summary: 'For this user, beside the configuration of docker', line: 'tsnotary docker-plugin install' },
  { summary: 'For all users of the machine, as root', line: 'tsnotary docker-plugin install --system' },
];

export const remove: Examples = [
  { summary: 'Remove both plugins of this user', line: 'tsnotary docker-plugin remove' },
  { summary: 'Remove those for all users, as root', line: 'tsnotary docker-plugin remove --system' },
];

export const status: Examples = [
  { summary: 'What does docker trust run?', line: 'tsnotary docker-plugin status' },
  { summary: 'The same for a script', line: 'tsnotary docker-plugin status --json' },
];
