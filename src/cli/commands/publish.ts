/** `publish`: sends what is staged to the trust server. */

import { UsageError } from '../args/usage-error.ts';
import { terminalSafe } from '../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../spec/command-spec.ts';
import { dryRunFlags } from './with/dry-run-flags.ts';
import { chosenExpiry, lifetimeFlags } from './with/lifetime-flags.ts';
import { publishAndSay } from './with/publish-flag.ts';

export const publish = defineCommand({
  path: ['publish'],
  operands: '[ GUN ]',
  acceptsRepoList: true,
  short: 'Signs the staged changes and publishes them',
  long:
    'Updates the collection, applies the staged changes, signs, and uploads everything to the trust server ' +
    'at once. If anything fails, nothing is published and the changes stay staged. When another client has ' +
    'published meanwhile (a conflict), it starts again on the new state. It creates a collection that does ' +
    'not exist yet.',
  examples: async () => (await import('../help/examples/collections.ts')).publish,
  flags: { ...dryRunFlags, ...lifetimeFlags },
  async run(context, { args, flags }) {
    const [gun] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    const expiryOf = await chosenExpiry(flags, context.clock.now());
    await context.configure();
    if (flags['dry-run']) {
      const collection = await context.openRepository(gun, 'pull', 'read-only');
      const { previewPublish } = await import('../../client/preview/preview.ts');
      const { shownDifference } = await import('./with/dry-run.ts');
      const difference = await previewPublish(collection, { creates: true });
      return shownDifference(context, collection, difference, {
        ...{ full: flags.full, exitCode: flags['exit-code'], to: 'staged' },
      });
    }
    context.print(terminalSafe`Pushing changes to ${gun}`);
    return jsonOnly({
      gun,
      ...(await publishAndSay(context, await context.openRepository(gun, 'push,pull'), expiryOf)),
    });
  },
});
