/** `delete`: forgets a collection here and, with --remote, on the server. */

import { UsageError } from '../args/usage-error.ts';
import { terminalSafe } from '../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../spec/command-spec.ts';

export const deleteCommand = defineCommand({
  path: ['delete'],
  operands: '[ GUN ]',
  short: 'Deletes the trust data of a collection on this machine',
  long:
    'Removes the cached metadata and the staged changes of a collection from this machine, without asking. ' +
    'With --remote it also deletes all metadata of the collection on the server, for all users. Private ' +
    'keys are kept.',
  examples: async () => (await import('../help/examples/collections.ts')).deleteCommand,
  flags: {
    remote: { type: 'bool', usage: 'Delete the collection on the server as well' },
  },
  async run(context, { args, flags }) {
    const [gun] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    const collection = await context.openRepository(gun, flags.remote ? '*' : 'offline');
    context.print(terminalSafe`Deleting trust data for repository ${gun}`);
    const { deleteTrustData } = await import('../../client/delete/delete-trust-data.ts');
    await deleteTrustData(collection, { remote: flags.remote });
    const where = flags.remote ? 'local and remote' : 'local';
    context.print(terminalSafe`Successfully deleted ${where} trust data for repository ${gun}`);
    return jsonOnly({ gun, remote: flags.remote });
  },
});
