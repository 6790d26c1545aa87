/** `key passwd`: changes the passphrase of a key. */

import type { CanonicalKeyId } from '../../../crypto/keys/key-id.ts';
import type { KeyStore } from '../../../keys/key-store.ts';
import type { Caution } from '../../../ports/log.ts';
import type { PassphraseRetriever } from '../../../ports/prompts.ts';
import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import { namedKeyHere } from '../../run/named-keys.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

/** A variable is the answer to both questions, the old passphrase and the new one: nothing would change. */
async function cautionOfVariable(
  keyId: CanonicalKeyId,
  store: Pick<KeyStore, 'info'>,
  retrieve: PassphraseRetriever,
  caution: Caution,
): Promise<void> {
  const info = await store.info(keyId);
  if (info === undefined) return;
  const { unaskedPassphrase } = await import('../../../keys/passphrase-attempts.ts');
  const ofKey: PassphraseRetriever = (request) => retrieve({ ...request, gun: info.gun });
  const answer = await unaskedPassphrase(ofKey, keyId, info.role, 'by-command');
  if (answer === undefined) return;
  const source = answer.source ?? 'the environment';
  caution(
    'PASSPHRASE_UNCHANGED',
    `${source} is taken for the passphrase of ${keyId} and for the new one, so that it stays as it was; unset ${source} to be asked for both`,
    { key: keyId },
    `${source} would be taken for the passphrase of ${keyId} and for the new one; nothing was changed. Unset ${source} to be asked for both`,
  );
}

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
    const { store, retrieve } = await context.openKeys();
    const { parseKeyId } = await import('../../../keys/remove-key.ts');
    const keyId = parseKeyId(await namedKeyHere(context, args[0]));
    await cautionOfVariable(keyId, store, retrieve, context.caution);
    const { changePassphrase } = await import('../../../keys/change-passphrase.ts');
    // The new passphrase is asked for by a retriever that has not heard the old one.
    await changePassphrase(store, (await context.openKeys()).store, keyId);
    context.print(terminalSafe`\nSuccessfully updated passphrase for key ID: ${keyId}`);
    return jsonOnly({ keyId });
  },
});
