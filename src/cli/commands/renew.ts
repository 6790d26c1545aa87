/** `renew`: signs roles again that expire soon or have expired. */

import { UsageError } from '../args/usage-error.ts';
import { defineCommand } from '../spec/command-spec.ts';
import { yesFlag } from './with/declined.ts';
import { lifetimeFlags } from './with/lifetime-flags.ts';

export const renew = defineCommand({
  path: ['renew'],
  extension: true,
  operands: '[ GUN ]',
  surplus: 'refused',
  acceptsRepoList: true,
  short: 'Signs roles again that expire soon or have expired',
  long:
    'Lists the roles of a collection to which less than 90 days are left, also those that have expired, and who ' +
    'can sign them. It asks, signs again with the keys that are here, without any change but the version and ' +
    'the expiry, and publishes that at once. Everything but expiry is verified as ever, and nothing older than ' +
    'what this machine has seen is taken. A role that cannot be believed is named and never signed. What is ' +
    'staged stays staged. The server renews the timestamp itself, and the snapshot where it has the key.',
  examples: async () => (await import('../help/examples/expiry.ts')).renew,
  flags: {
    'all-roles': { type: 'bool', extension: true, usage: 'Renew roles that are not due, too' },
    'dry-run': { type: 'bool', extension: true, usage: 'List what is due; write, sign and send nothing' },
    'exit-code': {
      type: 'bool',
      needs: 'dry-run',
      extension: true,
      usage: 'With --dry-run: status 3 if something is due',
    },
    ...lifetimeFlags,
    roles: { type: 'strings', short: 'r', extension: true, usage: 'Only these roles; default: every role' },
    within: {
      type: 'string',
      extension: true,
      usage: 'A role is due when less than this is left to it: 30d, 1y; default 90d',
    },
    yes: { ...yesFlag, usage: 'Renew without asking' },
  },
  async run(context, { args, flags }) {
    const [gun] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    const { runRenewal } = await import('./with/renewal.ts');
    return runRenewal(context, gun, flags);
  },
});
