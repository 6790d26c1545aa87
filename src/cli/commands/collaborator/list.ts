/** `collaborator list`: shows the names in the file, or who has the keys of a collection. */

import { defineCommand, type Shown } from '../../spec/command-spec.ts';
import { refuseMore, rowsOfKeys } from './published-names.ts';

export const collaboratorList = defineCommand({
  path: ['collaborator', 'list'],
  operands: '[ GUN ]',
  surplus: 'refused',
  acceptsRepoList: true,
  short: 'Shows who has which key',
  long:
    'Without a GUN it lists the names in the file of collaborators with their keys. With one it lists the ' +
    'keys of all delegations of the published collection, with the name of each and where it comes from: ' +
    "the file, a role targets/NAME as docker makes it, or the certificate, which is its maker's own word.",
  examples: async () => (await import('../../help/examples/collaborators.ts')).list,
  flags: {},
  async run(context, { args }): Promise<Shown> {
    const [gun, ...others] = args;
    refuseMore(others);
    const store = await context.openCollaborators();
    if (gun !== undefined) {
      const { names, rows } = await rowsOfKeys(context, store, gun);
      return {
        json: () => ({ gun, file: names.file?.path ?? null, rows: rows.map((row) => ({ ...row })) }),
        text: async (layout) => (await import('../../render/collaborators.ts')).keysText(gun, rows, layout),
      };
    }
    const { loadCollaborators } = await import('../../../collaborators/load-file.ts');
    const file = await loadCollaborators(store);
    const found = [...(file?.collaborators.values() ?? [])];
    const render = await import('../../render/collaborators.ts');
    return {
      json: () => ({ file: store.path, rows: found.map(render.collaboratorData) }),
      text: (layout) => render.collaboratorsText(store.path, found, layout),
    };
  },
});
