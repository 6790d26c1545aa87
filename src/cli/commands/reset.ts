/** `reset`: discards staged changes. */

import { UsageError } from '../args/usage-error.ts';
import { terminalSafe } from '../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../spec/command-spec.ts';

export const reset = defineCommand({
  path: ['reset'],
  operands: '[ GUN ]',
  acceptsRepoList: true,
  refusesRepoList: ({ flags }) =>
    flags.number.length > 0 ? 'numbers of changes mean one repository; with --repos give --all' : undefined,
  short: 'Discards staged changes',
  long:
    'Discards changes of a collection that are staged on this machine: all of them, or those with the given ' +
    'numbers, which status shows. It does not change what is published. Works offline.',
  examples: async () => (await import('../help/examples/collections.ts')).reset,
  flags: {
    number: { type: 'ints', short: 'n', usage: 'Numbers of the changes to discard, as shown by status' },
    all: { type: 'bool', usage: 'Discard all changes' },
  },
  async run(context, { args, flags }) {
    const [gun] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    if (!flags.all && flags.number.length === 0) {
      throw new UsageError('Must specify changes to reset with -n or the --all flag');
    }
    const collection = await context.openRepository(gun, 'offline');
    const { resetChanges } = await import('../../client/stage/reset-changes.ts');
    await resetChanges(collection, { all: flags.all, indexes: flags.number });
    context.print(terminalSafe`Successfully reset specified changes for repository ${gun}`);
    return jsonOnly({ gun, all: flags.all, numbers: flags.number });
  },
});
