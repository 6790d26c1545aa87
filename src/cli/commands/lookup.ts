/** `lookup`: shows one target of a published collection. */

import { UsageError } from '../args/usage-error.ts';
import { lookupView } from '../render/targets.ts';
import { defineCommand, rendered } from '../spec/command-spec.ts';
import { atFlag } from './with/as-of.ts';
import { archiveFlag, openForReading } from './with/reading.ts';

export const lookup = defineCommand({
  path: ['lookup'],
  operands: '[ GUN ] <target>',
  acceptsRepoList: true,
  short: 'Shows digest and size of one published target',
  long:
    'Looks up one target in a published collection, after checking all signatures, and prints its name, its ' +
    'SHA-256 digest and its size in bytes.',
  examples: async () => (await import('../help/examples/targets.ts')).lookup,
  flags: { archive: archiveFlag, at: atFlag },
  async run(context, { args, flags }) {
    const [gun, name] = args;
    if (gun === undefined || name === undefined) throw new UsageError('Must specify a GUN and target');
    const collection = await openForReading(context, gun, flags);
    const { lookUpTarget } = await import('../../client/read/find-target.ts');
    return rendered(lookupView, { gun, ...(await lookUpTarget(collection, name)) });
  },
});
