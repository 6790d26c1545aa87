/** `key remove`: deletes a private key. */

import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import { namedKeyHere } from '../../run/named-keys.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';
import { confirmed, declined, yesFlag } from '../with/declined.ts';

export const keyRemove = defineCommand({
  path: ['key', 'remove'],
  operands: '[ keyID ]',
  short: 'Deletes a private key from this machine',
  long:
    'Deletes a private key from the trust directory, after a question. Without another copy the key is ' +
    'lost, and what it alone can sign here is said before.',
  examples: async () => (await import('../../help/examples/keys.ts')).remove,
  flags: { yes: { ...yesFlag, usage: 'Delete the key without asking' } },
  async run(context, { args, flags }) {
    if (args[0] === undefined) throw new UsageError('must specify the key ID of the key to remove');
    const { store, heldMetadata } = await context.openKeys();
    const { findListedKey, parseKeyId } = await import('../../../keys/remove-key.ts');
    const keyId = parseKeyId(await namedKeyHere(context, args[0]));
    context.print('');
    let removed = false;
    try {
      const { role, location } = await findListedKey(store, keyId);
      const description = terminalSafe`${keyId} (role ${role}) from ${location}`;
      const stored = new Set((await store.list()).map((key) => key.keyId));
      const { consequence, rolesLostWith } = await import(
        '../../../client/key-lifecycle/removal-consequences.ts'
      );
      const lost = await rolesLostWith(await heldMetadata(), keyId, stored);
      if (lost.length > 0) {
        context.caution(
          'KEY_IN_USE',
          `${keyId} is in use: ${lost.map(consequence).join('; ')}. "key export --key ${keyId} -o FILE" makes a copy`,
          { key: keyId, roles: lost.map(({ gun, role }) => `${gun} ${role}`) },
        );
      }
      const question = `Are you sure you want to remove ${description}?  (yes/no)  `;
      if (flags.yes) context.print(`${question}\nConfirmed \`yes\` from flag`);
      if (flags.yes || (await confirmed(context, question))) {
        await store.remove(keyId);
        removed = true;
        context.print(`\nDeleted ${description}.`);
      } else {
        context.print('\nAborting action.');
        declined(context, `${keyId} stays`);
      }
    } finally {
      context.print('');
    }
    return jsonOnly({ keyId, removed });
  },
});
