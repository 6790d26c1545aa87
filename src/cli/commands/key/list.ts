/** `key list`: lists the private keys on this machine. */

import { listKeys } from '../../../keys/list-keys.ts';
import { UsageError } from '../../args/usage-error.ts';
import { keysView } from '../../render/keys.ts';
import { defineCommand, rendered } from '../../spec/command-spec.ts';

export const keyList = defineCommand({
  path: ['key', 'list'],
  operands: '',
  surplus: 'checked',
  short: 'Lists the private keys on this machine',
  long:
    'Lists the private keys in the trust directory: the role and GUN of each, its ID, and where it is ' +
    'stored.',
  examples: async () => (await import('../../help/examples/keys.ts')).list,
  flags: {},
  async run(context, { args }) {
    // An empty message is what the original gives here.
    if (args.length > 0) throw new UsageError('');
    const { store } = await context.openKeys();
    return rendered(keysView, await listKeys(store));
  },
});
