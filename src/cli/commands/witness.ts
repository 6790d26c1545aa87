/** `witness`: stages the re-signing of roles. */

import { UsageError } from '../args/usage-error.ts';
import { escapeForTerminal } from '../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../spec/command-spec.ts';
import { chosenExpiry, lifetimeFlags } from './with/lifetime-flags.ts';
import { autoPublish, publishFlag } from './with/publish-flag.ts';

export const witness = defineCommand({
  path: ['witness'],
  operands: '[ GUN ] <role> ...',
  acceptsRepoList: true,
  short: 'Stages the re-signing of roles',
  long:
    'Marks roles to be signed again at the next publish, with a new version and a new expiry date, even if ' +
    'nothing in them changes. Use it when a key of a role has been removed, or when a role expires soon. ' +
    'Works offline unless -p is given.',
  examples: async () => (await import('../help/examples/delegations.ts')).witness,
  flags: {
    accept: {
      type: 'strings',
      extension: true,
      usage: 'SHA-256 digest of a file to sign although no known key of its role has signed it',
    },
    publish: publishFlag,
    ...lifetimeFlags,
  },
  async run(context, { args, flags }) {
    const [gun, ...roles] = args;
    if (gun === undefined || roles.length === 0) {
      throw new UsageError('Please provide a GUN and at least one role to witness');
    }
    const now = context.clock.now();
    const expiryOf = await chosenExpiry(flags, now);
    const collection = await context.openRepository(gun, 'offline');
    if (!flags.publish) {
      const { cautionOfUnknownRoles } = await import('../../client/stage/known-roles.ts');
      await cautionOfUnknownRoles(collection, roles);
    }
    const { stageWitness } = await import('../../client/stage/witness.ts');
    const staged = await stageWitness(collection, roles, flags.accept ?? [], expiryOf?.('targets', now));
    context.print('The following roles were successfully marked for witnessing on the next publish:');
    context.print(`\t- ${staged.map(escapeForTerminal).join('\n\t- ')}`);
    return jsonOnly({ gun, roles: staged, ...(await autoPublish(context, gun, flags.publish)) });
  },
});
