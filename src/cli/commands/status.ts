/** `status`: lists the staged changes. */

import { isUnpublished } from '../../client/initialize/seen-published.ts';
import { listChanges } from '../../client/stage/list-changes.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { UsageError } from '../args/usage-error.ts';
import { changesView } from '../render/changes.ts';
import { defineCommand, rendered } from '../spec/command-spec.ts';

export const status = defineCommand({
  path: ['status'],
  operands: '[ GUN ]',
  acceptsRepoList: true,
  short: 'Shows the staged changes that have not been published',
  long:
    'Shows the changes of a collection that are staged on this machine and not yet published, in the order ' +
    'in which publish applies them. The numbers are those that reset -n takes. Works offline.',
  examples: async () => (await import('../help/examples/collections.ts')).status,
  flags: {},
  async run(context, { args }) {
    const [gun] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    const collection = await context.openRepository(gun, 'offline');
    const changes = await listChanges(collection);
    if (await isUnpublished(collection.cache)) {
      const publish = `tsnotary publish ${shellWord(gun)}`;
      context.log.warn(
        `nothing is published yet: ${gun} was made on this machine, which has not seen it on a server; to publish it: ${publish}`,
        'NOT_PUBLISHED',
      );
    }
    return rendered(changesView, { gun, changes });
  },
});
