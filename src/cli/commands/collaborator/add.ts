/** `collaborator add`: gives keys to a name in the file of collaborators. */

import { asCanonicalKeyId, type CanonicalKeyId, isKeyIdInAnyCase } from '../../../crypto/keys/key-id.ts';
import { isNotaryError, rephrased } from '../../../errors.ts';
import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

const hexadecimal = /^[0-9a-f]{7,63}$/i;

export const collaboratorAdd = defineCommand({
  path: ['collaborator', 'add'],
  operands: '<collaborator> <KeyID or X509 file path> ...',
  surplus: 'checked',
  short: 'Gives keys to a name',
  long:
    'Writes keys under a name into the file of collaborators, which is made when there is none: the full ID of ' +
    'each, also of the key in a certificate. A name may have several keys, a key only one name. Nothing is published, ' +
    'and a name gives no right to sign.',
  examples: async () => (await import('../../help/examples/collaborators.ts')).add,
  flags: {},
  async run(context, { args }) {
    const [name, ...given] = args;
    if (name === undefined || given.length === 0)
      throw new UsageError('must specify a name and at least one key ID or certificate');
    const store = await context.openCollaborators();
    const keys: CanonicalKeyId[] = [];
    for (const word of given) for (const key of await keysFor(context, word)) keys.push(key);
    const { addCollaborator } = await import('../../../collaborators/edit-file.ts');
    const added = await addCollaborator(store, name, keys);
    for (const keyId of added) context.print(terminalSafe`${name} has the key ${keyId}.`);
    if (added.length === 0) context.print(terminalSafe`${name} has these keys already.`);
    const changes = added.map((keyId) => ({
      ...{ op: 'add', what: 'key', keyId, collaborator: name, nameSource: 'file' },
    }));
    return jsonOnly({ file: store.path, changes });
  },
});

/** A full ID, a prefix of one that is known, or the key in a file. */
async function keysFor(context: CommandContext, word: string): Promise<readonly CanonicalKeyId[]> {
  if (isKeyIdInAnyCase(word)) return [asCanonicalKeyId(word.toLowerCase())];
  if (hexadecimal.test(word)) {
    const { namedKeys } = await import('../../run/named-keys.ts');
    const ids = (await namedKeys(context, [word])).filter((id) => isKeyIdInAnyCase(id)).map(asCanonicalKeyId);
    if (ids.length > 0) return ids;
  }
  const { keyOfFile } = await import('../../../collaborators/certificate-key.ts');
  const { canonicalKeyId } = await import('../../../crypto/keys/verification-key.ts');
  const bytes = await context.files.read(word);
  try {
    return [canonicalKeyId(keyOfFile(bytes))];
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw rephrased(error, (message) => `the key in ${word} cannot be used: ${message}`);
  }
}
