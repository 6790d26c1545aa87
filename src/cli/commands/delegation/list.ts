/** `delegation list`: lists who may sign what. */

import { UsageError } from '../../args/usage-error.ts';
import { rolesView } from '../../render/roles.ts';
import { fileOfNames } from '../../run/file-of-names.ts';
import { rephrasing } from '../../run/rephrase-error.ts';
import { defineCommand, rendered } from '../../spec/command-spec.ts';
import { atFlag } from '../with/as-of.ts';
import { archiveFlag, openForReading } from '../with/reading.ts';

export const delegationList = defineCommand({
  path: ['delegation', 'list'],
  operands: '[ GUN ]',
  surplus: 'checked',
  acceptsRepoList: true,
  short: 'Lists the delegations of a published collection',
  long:
    'Lists every delegation of a published collection: its role, the paths it may sign, its keys, and how ' +
    'many of them must sign.',
  examples: async () => (await import('../../help/examples/delegations.ts')).list,
  flags: {
    archive: archiveFlag,
    at: atFlag,
    names: { type: 'bool', extension: true, usage: 'Show whose the keys are as well' },
  },
  async run(context, { args, flags }) {
    const [gun] = args;
    if (gun === undefined || args.length !== 1) {
      throw new UsageError('Please provide a Global Unique Name as an argument to list');
    }
    const collection = await openForReading(context, gun, flags);
    const { readDelegations } = await import('../../../client/read/list-delegations.ts');
    const { delegations: roles, contents } = await rephrasing(
      () => readDelegations(collection),
      (message) => `Error retrieving delegation roles for repository ${gun}: ${message}`,
    );
    if (!flags.names && !context.forProgram) return rendered(rolesView, { gun, roles });
    const { keyNames } = await import('../../../collaborators/names.ts');
    const file = await fileOfNames(context, flags.names);
    const names = keyNames({ file, collections: [contents] });
    return rendered(rolesView, { gun, roles, names });
  },
});
