/** `key remove`: deletes a private key. */

import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

export const keyRemove = defineCommand({
  path: ['key', 'remove'],
  operands: '[ keyID ]',
  short: 'Deletes a private key from this machine',
  long:
    'Deletes a private key from the trust directory, after a question. Without another copy the key is ' +
    'lost.',
  examples: async () => (await import('../../help/examples/keys.ts')).remove,
  flags: {},
  async run(context, { args }) {
    if (args[0] === undefined) throw new UsageError('must specify the key ID of the key to remove');
    const { store } = await context.openKeys();
    const { findListedKey, parseKeyId } = await import('../../../keys/remove-key.ts');
    const keyId = parseKeyId(args[0]);
    context.print('');
    let removed = false;
    try {
      const { role, location } = await findListedKey(store, keyId);
      const description = terminalSafe`${keyId} (role ${role}) from ${location}`;
      if (await context.prompter.confirm(`Are you sure you want to remove ${description}?  (yes/no)  `)) {
        await store.remove(keyId);
        removed = true;
        context.print(`\nDeleted ${description}.`);
      } else {
        context.print('\nAborting action.');
      }
    } finally {
      context.print('');
    }
    return jsonOnly({ keyId, removed });
  },
});
