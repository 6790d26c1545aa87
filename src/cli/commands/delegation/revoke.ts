/** `delegation revoke`: revokes people's keys at once, signs again what stays, and proves that it is so. */

import { NotaryError } from '../../../errors.ts';
import { UsageError } from '../../args/usage-error.ts';
import { defineCommand, type FlagValues } from '../../spec/command-spec.ts';
import { yesFlag } from '../with/declined.ts';
import { dryRunFlags } from '../with/dry-run-flags.ts';

const flags = {
  ...dryRunFlags,
  'drop-tags': { type: 'bool', extension: true, usage: 'Tags that would vanish are to vanish' },
  'keep-tags-in': {
    type: 'string',
    extension: true,
    usage: 'Sign tags that would vanish in targets, with the key of the owner; it takes targets alone',
  },
  replace: { type: 'string', extension: true, usage: 'Certificate that takes the place of the revoked keys' },
  roles: { type: 'strings', short: 'r', extension: true, usage: 'Only in these roles; default: in all' },
  'sign-with': {
    type: 'strings',
    extension: true,
    usage: 'Name or key ID that signs again what the revoked keys had signed',
  },
  stage: { type: 'bool', extension: true, usage: 'Stage it for a later publish, without a proof' },
  yes: { ...yesFlag, usage: 'Revoke without asking' },
} as const;

export const delegationRevoke = defineCommand({
  path: ['delegation', 'revoke'],
  extension: true,
  operands: '[ GUN ] <who> ...',
  surplus: 'checked',
  acceptsRepoList: true,
  short: 'Revokes people or keys at once, and proves that they are gone',
  long:
    'Takes the keys of people out of every role of a collection: by name, by full key ID or by at least 7 of ' +
    'its first digits. It shows first what would become of each role and of its tags, asks, publishes ' +
    'everything in one upload, and has a second reader with an empty cache prove that the keys are in no role ' +
    'and that every tag that was to stay is there. A role is signed again only with --sign-with, since a ' +
    'signature asserts everything in it. Staged changes stay as they are.',
  examples: async () => (await import('../../help/examples/revoke.ts')).revoke,
  flags,
  async run(context, { args, flags: given }) {
    const [gun, ...who] = args;
    if (gun === undefined || who.length === 0)
      throw new UsageError('Must specify a GUN and whom to revoke: a name, a key ID or a prefix of one');
    checkFlags(given);
    await context.configure();
    const { runRevocation } = await import('../with/revocation.ts');
    return runRevocation(context, gun, who, given);
  },
});

function checkFlags(given: FlagValues<typeof flags>): void {
  const keep = given['keep-tags-in'];
  if (keep !== '' && keep !== 'targets')
    throw new NotaryError('INVALID_FLAG', `--keep-tags-in takes targets, not ${JSON.stringify(keep)}`);
  if (keep !== '' && given['drop-tags'])
    throw new NotaryError('INVALID_FLAG', '--keep-tags-in and --drop-tags contradict each other');
  if (given.stage && given['dry-run'])
    throw new NotaryError('INVALID_FLAG', '--stage and --dry-run contradict each other');
}
