/** `delegation purge`: stages the removal of keys from all delegations. */

import { asCanonicalKeyId } from '../../../crypto/keys/key-id.ts';
import { UsageError } from '../../args/usage-error.ts';
import { escapeForTerminal, terminalSafe } from '../../render/terminal-escape.ts';
import { namedKeys } from '../../run/named-keys.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';
import { dryRunFlags } from '../with/dry-run-flags.ts';
import { autoPublish, publishFlag } from '../with/publish-flag.ts';

export const delegationPurge = defineCommand({
  path: ['delegation', 'purge'],
  operands: '[ GUN ]',
  surplus: 'checked',
  acceptsRepoList: true,
  short: 'Stages the revocation of keys in all delegations',
  long:
    'Stages the removal of keys from every delegation of a collection whose parent role this machine can ' +
    'sign: it revokes the holders of the keys. Warnings name the other delegations when the change is ' +
    'published. Works offline unless -p is given.',
  examples: async () => (await import('../../help/examples/delegations.ts')).purge,
  flags: {
    ...dryRunFlags,
    key: { type: 'strings', usage: 'Key IDs to remove from all delegations' },
    publish: publishFlag,
  },
  async run(context, { args, flags }) {
    const [gun, ...more] = args;
    if (gun === undefined || more.length > 0) {
      const { keysWithoutFlag } = await import('../with/delegation-arguments.ts');
      throw new UsageError(
        'Please provide a single Global Unique Name as an argument to remove',
        gun === undefined ? undefined : keysWithoutFlag(gun, [...(flags.key ?? []), ...more]),
      );
    }
    const given = flags.key ?? [];
    if (given.length === 0) {
      throw new UsageError('Please provide at least one key ID to be removed using the --key flag');
    }
    const isLook = flags['dry-run'];
    const collection = isLook
      ? await (await import('../with/dry-run.ts')).openForLook(context, gun, flags.publish)
      : await context.openRepository(gun, 'offline');
    const keyIds = await namedKeys(context, given, { gun, current: isLook || flags.publish });
    const { purgeDelegations } = await import('../../../client/stage/delegations.ts');
    await purgeDelegations(collection, keyIds.map(asCanonicalKeyId));
    if (isLook) return (await import('../with/dry-run.ts')).lookAtStaged(context, collection, flags);
    context.print(
      terminalSafe`Removal of the following keys from all delegations in ${gun} staged for next publish:`,
    );
    context.print(`\t- ${keyIds.map(escapeForTerminal).join('\n\t- ')}`);
    return jsonOnly({ gun, keyIds, ...(await autoPublish(context, gun, flags.publish)) });
  },
});
