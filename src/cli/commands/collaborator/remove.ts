/** `collaborator remove`: takes keys from a name, or the name out of the file. */

import { asCanonicalKeyId } from '../../../crypto/keys/key-id.ts';
import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import { namedKeys } from '../../run/named-keys.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

export const collaboratorRemove = defineCommand({
  path: ['collaborator', 'remove'],
  operands: '<collaborator> <KeyID> ...',
  surplus: 'checked',
  short: 'Takes keys from a name, or removes the name',
  long:
    'Removes keys of a name from the file of collaborators, or the whole entry when no key is given. The keys ' +
    'may sign as before: "delegation revoke" revokes them.',
  examples: async () => (await import('../../help/examples/collaborators.ts')).remove,
  flags: {},
  async run(context, { args }) {
    const [name, ...given] = args;
    if (name === undefined) throw new UsageError('must specify a name');
    const store = await context.openCollaborators();
    const keyIds = (await namedKeys(context, given)).map(asCanonicalKeyId);
    const { removeCollaborator } = await import('../../../collaborators/edit-file.ts');
    const removed = await removeCollaborator(store, name, keyIds);
    const whole = keyIds.length === 0;
    context.print(
      whole
        ? terminalSafe`Removed ${name}. Its keys may sign as before.`
        : terminalSafe`Removed from ${name}: ${removed.join(', ')}. They may sign as before.`,
    );
    const keys = removed.map((keyId) => ({
      ...{ op: 'remove', what: 'key', keyId, collaborator: name, nameSource: 'file' },
    }));
    const entry = whole ? [{ op: 'remove', what: 'collaborator', collaborator: name }] : [];
    return jsonOnly({ file: store.path, changes: [...keys, ...entry] });
  },
});
