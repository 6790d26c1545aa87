/** `delegation revoke`: revokes people's keys at once, signs again what stays, and proves that it is so. */

import type { RevocationPlan } from '../../../client/revoke/plan.ts';
import type { Revocation } from '../../../client/revoke/planned-roles.ts';
import { NotaryError } from '../../../errors.ts';
import { UsageError } from '../../args/usage-error.ts';
import { revocationView, type ShownRevocation } from '../../render/revocation.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, type FlagValues, rendered, type Shown } from '../../spec/command-spec.ts';
import { yesFlag } from '../with/declined.ts';
import { dryRunFlags } from '../with/dry-run.ts';
import { askWhatIsLost, layoutOfQuestions } from '../with/lost-targets-question.ts';
import { type RevocationRequest, readRevocation } from '../with/revocation-request.ts';

const flags = {
  ...dryRunFlags,
  'drop-tags': { type: 'bool', extension: true, usage: 'Tags that would vanish are to vanish' },
  'keep-tags-in': {
    type: 'string',
    extension: true,
    usage: 'targets: sign tags that would vanish there, with the key of the owner',
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
      throw new UsageError('Must specify a GUN and whom to revoke: a name, a key ID or the beginning of one');
    checkFlags(given);
    await context.configure();
    const isLook = given['dry-run'];
    const collection = await context.openRepository(
      gun,
      isLook ? 'pull' : 'push,pull',
      isLook ? 'read-only' : 'read-write',
    );
    const request = await readRevocation(context, collection, { who, flags: given });
    return request.revocation.keyIds.length === 0 || request.plan.roles.length === 0
      ? rendered(revocationView, { ...request.shown, state: 'nowhere' })
      : isLook
        ? look(request, given)
        : carryOut(context, request, given);
  },
});

type Given = FlagValues<typeof flags>;

function checkFlags(given: Given): void {
  const keep = given['keep-tags-in'];
  if (keep !== '' && keep !== 'targets')
    throw new NotaryError('INVALID_FLAG', `--keep-tags-in takes targets, not ${JSON.stringify(keep)}`);
  if (keep !== '' && given['drop-tags'])
    throw new NotaryError('INVALID_FLAG', '--keep-tags-in and --drop-tags contradict each other');
  if (given.stage && given['dry-run'])
    throw new NotaryError('INVALID_FLAG', '--stage and --dry-run contradict each other');
}

/** The plan alone: status 3 and 4 only when they were asked for. */
function look({ plan, revocation, shown }: RevocationRequest, given: Given): Shown {
  const refused = revocation.lost === undefined && plan.lost.some(({ only }) => only.length > 0);
  const fails = refused || plan.findings.some(({ prevents }) => prevents === true);
  const result = rendered(revocationView, { ...shown, state: 'dry-run' });
  return given['exit-code'] ? { ...result, status: fails ? 4 : 3 } : result;
}

async function carryOut(context: CommandContext, request: RevocationRequest, given: Given): Promise<Shown> {
  const { collection, shown } = request;
  const { checkNothingLost, revoke } = await import('../../../client/revoke/revoke.ts');
  let { revocation, plan } = request;
  const isAsked = !given.yes && !context.forProgram && context.prompter.interactive;
  if (isAsked) {
    context.write(revocationView.text({ ...shown, state: 'dry-run' }, layoutOfQuestions));
    if (needsChoice(plan, revocation)) {
      ({ revocation, plan } = await askWhatIsLost(context, request));
      context.write(revocationView.text({ ...shown, plan, state: 'dry-run' }, layoutOfQuestions));
    }
  }
  checkNothingLost(collection.gun, plan, revocation);
  for (const { code, severity, message, role } of plan.findings)
    if (severity === 'warning' && code === 'PURGE_INCOMPLETE')
      collection.caution(code, message, { gun: collection.gun, ...(role !== undefined && { role }) });
  await confirm(context, given, isAsked);
  if (given.stage) {
    const { stageRevocation } = await import('../../../client/revoke/stage-revocation.ts');
    await stageRevocation(collection, revocation, plan);
    return rendered(revocationView, { ...shown, plan, state: 'staged' });
  }
  const agree = async (grown: RevocationPlan): Promise<boolean> => {
    if (!isAsked) return false;
    context.print('Another client has published meanwhile, and the plan has changed:');
    context.write(revocationView.text({ ...shown, plan: grown, state: 'dry-run' }, layoutOfQuestions));
    return context.prompter.confirm(question);
  };
  const done = await revoke(collection, revocation, plan, agree);
  const result: ShownRevocation = { ...shown, plan: done.plan, proof: done.proof, state: 'published' };
  return rendered(revocationView, result);
}

const question = 'Revoke? (yes/no) ';

function needsChoice({ lost }: RevocationPlan, { lost: choice }: Revocation): boolean {
  return choice === undefined && lost.some(({ only }) => only.length > 0);
}

/** @throws NotaryError ABORTED */
async function confirm({ prompter }: CommandContext, { yes }: Given, isAsked: boolean): Promise<void> {
  if (yes) return;
  if (!isAsked) {
    throw new NotaryError('ABORTED', 'the revocation was not confirmed: nothing was changed', {
      hint: 'Give -y to revoke without a question, and --dry-run to look at it.',
    });
  }
  if (!(await prompter.confirm(question)))
    throw new NotaryError('ABORTED', 'the question was not answered with yes: nothing was changed');
}
