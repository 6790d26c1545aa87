/** `delegation list`: who may sign what. */

import { UsageError } from '../../args/usage-error.ts';
import { rolesView } from '../../render/roles.ts';
import { reworded } from '../../run/rephrase-error.ts';
import { defineCommand, shown } from '../../spec/command-spec.ts';

export const delegationList = defineCommand({
  path: ['delegation', 'list'],
  operands: '[ GUN ]',
  many: true,
  short: 'Lists the delegations of a published collection',
  long: 'Lists every delegation of a published collection: its role, the paths it may sign, its keys and how\nmany of them must sign.',
  examples: async () => (await import('../../help/examples/delegations.ts')).list,
  flags: {},
  async run(context, { args }) {
    const [gun] = args;
    if (gun === undefined || args.length !== 1) {
      throw new UsageError('Please provide a Global Unique Name as an argument to list');
    }
    const collection = await context.openCollection(gun, 'pull');
    const { listDelegations } = await import('../../../client/read/list-delegations.ts');
    const roles = await reworded(
      () => listDelegations(collection),
      (message) => `Error retrieving delegation roles for repository ${gun}: ${message}`,
    );
    return shown(rolesView, { gun, roles });
  },
});
