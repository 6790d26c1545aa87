/** `key list`: lists the private keys on this machine. */

import { listKeys } from '../../../keys/list-keys.ts';
import { UsageError } from '../../args/usage-error.ts';
import { keysView, namedKeysView } from '../../render/keys.ts';
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
  flags: {
    names: { type: 'bool', extension: true, usage: 'Show whose the keys are as well' },
  },
  async run(context, { args, flags }) {
    // An empty message is what the original gives here.
    if (args.length > 0) throw new UsageError('');
    const { store } = await context.openKeys();
    const keys = await listKeys(store);
    if (!flags.names) return rendered(keysView, keys);
    const { knownKeys } = await import('../../../composition/known-keys.ts');
    const { names } = await knownKeys({
      ...{ held: await context.openHeldNames(), log: context.log },
      collaborators: await context.openCollaborators(),
    });
    return rendered(namedKeysView, { keys, names });
  },
});
