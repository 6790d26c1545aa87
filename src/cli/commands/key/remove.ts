/** `key remove`: deletes a private key. */

import { UsageError } from '../../args/usage-error.ts';
import { sentence } from '../../render/terminal-escape.ts';
import { defineCommand, told } from '../../spec/command-spec.ts';

export const keyRemove = defineCommand({
  path: ['key', 'remove'],
  operands: '[ keyID ]',
  short: 'Deletes a private key from this machine',
  long: 'Deletes a private key from the trust directory, after a question. Without another copy the key is lost.',
  examples: async () => (await import('../../help/examples/keys.ts')).remove,
  flags: {},
  async run(context, { args }) {
    if (args[0] === undefined) throw new UsageError('must specify the key ID of the key to remove');
    const { store } = await context.openKeys();
    const { findListedKey, parseKeyId } = await import('../../../keys/remove-key.ts');
    const keyId = parseKeyId(args[0]);
    context.say('');
    let removed = false;
    try {
      const { role, location } = await findListedKey(store, keyId);
      const description = sentence`${keyId} (role ${role}) from ${location}`;
      context.ask(`Are you sure you want to remove ${description}?  (yes/no)  `);
      if (await context.prompter.confirm()) {
        await store.remove(keyId);
        removed = true;
        context.say(`\nDeleted ${description}.`);
      } else {
        context.say('\nAborting action.');
      }
    } finally {
      context.say('');
    }
    return told({ keyId, removed });
  },
});
