/** `collaborator rename`: gives an entry of the file of collaborators another name. */

import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

export const collaboratorRename = defineCommand({
  path: ['collaborator', 'rename'],
  operands: '<collaborator> <new name>',
  surplus: 'refused',
  short: 'Gives a collaborator another name',
  long:
    'Changes a name in the file of collaborators; its keys and everything else in the file stay. A name that ' +
    'has an entry already is refused.',
  examples: async () => (await import('../../help/examples/collaborators.ts')).rename,
  flags: {},
  async run(context, { args }) {
    const [name, to, ...others] = args;
    if (name === undefined || to === undefined || others.length > 0)
      throw new UsageError('must specify a name and the new one');
    const store = await context.openCollaborators();
    const { renameCollaborator } = await import('../../../collaborators/edit-file.ts');
    const { keys } = await renameCollaborator(store, name, to);
    context.print(terminalSafe`${name} is ${to} now.`);
    return jsonOnly({
      file: store.path,
      changes: [
        {
          ...{ op: 'change', what: 'collaborator', collaborator: to, before: name },
          keys: keys.map(({ keyId }) => ({ keyId, collaborator: to, nameSource: 'file' })),
        },
      ],
    });
  },
});
