/** `diff`: shows what a publish would change, and what would go wrong with it. */

import { NotaryError } from '../../errors.ts';
import { UsageError } from '../args/usage-error.ts';
import { defineCommand } from '../spec/command-spec.ts';

export const diff = defineCommand({
  path: ['diff'],
  extension: true,
  operands: '[ GUN ]',
  surplus: 'refused',
  acceptsRepoList: true,
  short: 'Shows what a publish would change, and what would go wrong',
  long:
    'Compares what the trust server serves with what a publish of the staged changes would make of it: keys, ' +
    'paths, thresholds and targets of each role. Everything that would make the publish fail, and everything ' +
    'that readers would lose by it, is named as a problem. Writes and sends nothing, and asks for no passphrase.',
  examples: async () => (await import('../help/examples/collections.ts')).diff,
  flags: {
    'exit-code': {
      type: 'bool',
      extension: true,
      usage: 'Status 3 if anything differs, 4 if a publish would fail',
    },
    full: { type: 'bool', extension: true, usage: 'Name every target, however many there are' },
    offline: {
      type: 'bool',
      extension: true,
      usage: 'Compare with what this machine has seen last, without the server',
    },
  },
  async run(context, { args, flags }) {
    const [gun] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    const { offline, full } = flags;
    const collection = await context.openRepository(gun, offline ? 'offline' : 'pull', 'read-only');
    if (offline && (await collection.cache.get('timestamp')) === undefined) {
      throw new NotaryError('OFFLINE', `nothing of ${gun} has been seen on this machine`, {
        details: { gun },
        hint: 'Leave out --offline to ask the server.',
      });
    }
    const { previewPublish } = await import('../../client/preview/preview.ts');
    const { shownDifference } = await import('./with/dry-run.ts');
    const difference = await previewPublish(collection, { offline });
    return shownDifference(context, collection, difference, {
      full,
      exitCode: flags['exit-code'],
      to: 'staged',
      offline,
    });
  },
});
