/** `add`: stages a file as a target. */

import { UsageError } from '../args/usage-error.ts';
import { terminalSafe } from '../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../spec/command-spec.ts';
import { autoPublish } from './with/publish-flag.ts';
import {
  cautionAtStaging,
  cautionOfNoRole,
  readCustom,
  stagedRoles,
  targetFlags,
} from './with/target-flags.ts';

export const add = defineCommand({
  path: ['add'],
  operands: '[ GUN ] <target> <file>',
  acceptsRepoList: true,
  short: 'Stages a file as a target',
  long:
    'Stages a target for the next publish: a name for the content of a file, described by its size and ' +
    'hashes. The file itself is not stored. Works offline unless -p is given.',
  examples: async () => (await import('../help/examples/targets.ts')).add,
  flags: targetFlags,
  async run(context, { args, flags }) {
    const [gun, name, path] = args;
    if (gun === undefined || name === undefined || path === undefined) {
      throw new UsageError('Must specify a GUN, target, and path to target data');
    }
    await context.configure();
    const custom = await readCustom(context.files, flags.custom);
    const collection = await context.openRepository(gun, 'offline');
    cautionOfNoRole(flags.roles, collection.caution);
    await cautionAtStaging(collection, flags);
    const { addTarget, fileMetaOfStream: measure } = await import('../../client/stage/add-target.ts');
    const meta = { ...(await measure(context.files.chunks(path))), ...custom };
    await addTarget(collection, { name, meta, roles: flags.roles ?? [] });
    context.print(terminalSafe`Addition of target "${name}" to repository "${gun}" staged for next publish.`);
    return jsonOnly({
      gun,
      target: name,
      roles: stagedRoles(flags.roles),
      ...(await autoPublish(context, gun, flags.publish)),
    });
  },
});
