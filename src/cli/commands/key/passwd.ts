/** `key passwd`: changes the passphrase of a key. */

import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

export const keyPasswd = defineCommand({
  path: ['key', 'passwd'],
  operands: '[ keyID ]',
  short: 'Changes the passphrase of a private key',
  long: 'Asks for the passphrase of a private key and for a new one, and encrypts the key with the new one.',
  examples: async () => (await import('../../help/examples/keys.ts')).passwd,
  flags: {},
  async run(context, { args }) {
    if (args[0] === undefined) {
      throw new UsageError('must specify the key ID of the key to change the passphrase of');
    }
    const { store } = await context.openKeys();
    const { parseKeyId } = await import('../../../keys/remove-key.ts');
    const keyId = parseKeyId(args[0]);
    const { changePassphrase } = await import('../../../keys/change-passphrase.ts');
    // The new passphrase is asked for by a retriever that has not heard the old one.
    await changePassphrase(store, (await context.openKeys()).store, keyId);
    context.print(terminalSafe`\nSuccessfully updated passphrase for key ID: ${keyId}`);
    return jsonOnly({ keyId });
  },
});
