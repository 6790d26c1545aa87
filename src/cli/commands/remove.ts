/** `remove`: stages the removal of a target. */

import { NotaryError } from '../../errors.ts';
import { terminalSafe } from '../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../spec/command-spec.ts';
import { autoPublish, publishFlag } from './with/publish-flag.ts';
import { cautionAtStaging, cautionOfNoRole, stagedRoles } from './with/target-flags.ts';

export const remove = defineCommand({
  path: ['remove'],
  operands: '[ GUN ] <target>',
  acceptsRepoList: true,
  short: 'Stages the removal of a target',
  long: 'Stages the removal of a target for the next publish. Works offline unless -p is given.',
  examples: async () => (await import('../help/examples/targets.ts')).remove,
  flags: {
    publish: publishFlag,
    roles: {
      type: 'strings',
      short: 'r',
      usage: 'Delegation roles to remove it from; default: targets',
    },
  },
  async run(context, { args, flags }) {
    const [gun, name] = args;
    // The one command that does not show its usage here (Notary 0.7.0).
    if (gun === undefined || name === undefined)
      throw new NotaryError('USAGE', 'Must specify a GUN and target');
    const collection = await context.openRepository(gun, 'offline');
    cautionOfNoRole(flags.roles, collection.caution);
    await cautionAtStaging(collection, flags);
    const { removeTarget } = await import('../../client/stage/remove-target.ts');
    await removeTarget(collection, { name, roles: flags.roles ?? [] });
    context.print(terminalSafe`Removal of ${name} from ${gun} staged for next publish.`);
    return jsonOnly({
      gun,
      target: name,
      roles: stagedRoles(flags.roles),
      ...(await autoPublish(context, gun, flags.publish)),
    });
  },
});
