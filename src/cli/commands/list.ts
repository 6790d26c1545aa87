/** `list`: lists the targets of a published collection. */

import { UsageError } from '../args/usage-error.ts';
import { targetsView } from '../render/targets.ts';
import { defineCommand, rendered } from '../spec/command-spec.ts';
import { atFlag } from './with/as-of.ts';
import { archiveFlag, openForReading } from './with/reading.ts';

export const list = defineCommand({
  path: ['list'],
  operands: '[ GUN ]',
  acceptsRepoList: true,
  short: 'Lists the targets of a published collection',
  long:
    'Lists the targets of a published collection, after checking all signatures. If several roles sign the ' +
    'same target, it is listed once, for the role highest in the hierarchy.',
  examples: async () => (await import('../help/examples/targets.ts')).list,
  flags: {
    archive: archiveFlag,
    at: atFlag,
    roles: { type: 'strings', short: 'r', usage: 'List only these roles and the roles below them' },
  },
  async run(context, { args, flags }) {
    const [gun] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    const collection = await openForReading(context, gun, flags);
    if (flags.roles?.length === 0) {
      collection.caution(
        'ROLE_NOT_NAMED',
        '-r names no role, so the targets of all roles are listed',
        { gun },
        '-r names no role; to list the targets of all roles, leave it out',
      );
    }
    const { readTargets } = await import('../../client/read/list-targets.ts');
    return rendered(targetsView, { gun, ...(await readTargets(collection, { roles: flags.roles ?? [] })) });
  },
});
