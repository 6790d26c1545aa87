/** `status`: lists the staged changes. */

import type { ChangeData } from '../../client/stage/change-details.ts';
import { listChanges } from '../../client/stage/list-changes.ts';
import { isUnpublished } from '../../client/update/seen-published.ts';
import type { NamedKey } from '../../collaborators/names.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import type { JsonData } from '../../encoding/to-plain-json.ts';
import { UsageError } from '../args/usage-error.ts';
import { changesText } from '../render/changes.ts';
import { defineCommand } from '../spec/command-spec.ts';

export const status = defineCommand({
  path: ['status'],
  operands: '[ GUN ]',
  acceptsRepoList: true,
  short: 'Shows the staged changes that have not been published',
  long:
    'Shows the changes of a collection that are staged on this machine and not yet published, in the order ' +
    'in which publish applies them. The numbers are those that reset -n takes. Works offline.',
  examples: async () => (await import('../help/examples/collections.ts')).status,
  flags: {
    long: {
      type: 'bool',
      extension: true,
      usage: 'Show the keys and the paths of each change, with the names of the keys',
    },
  },
  async run(context, { args, flags }) {
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
    const described = async () => {
      const { describedChanges } = await import('../../client/stage/change-details.ts');
      const { fileOfNames } = await import('../run/file-of-names.ts');
      return describedChanges(collection.cache, changes, await fileOfNames(context, flags.long));
    };
    const data = flags.long || context.forProgram ? await described() : [];
    return {
      json: () => ({ gun, changes: data.map(changeAsJson) }),
      text: async (layout) =>
        flags.long
          ? (await import('../render/change-details.ts')).changeDetailsText(gun, data, layout)
          : changesText(gun, changes),
    };
  },
});

function changeAsJson({ keys, paths, ...change }: ChangeData): JsonData {
  const named = (key: NamedKey) => ({ ...key });
  return {
    ...change,
    keys: keys === null ? null : { added: keys.added.map(named), removed: keys.removed.map(named) },
    paths: paths === null ? null : { ...paths },
  };
}
