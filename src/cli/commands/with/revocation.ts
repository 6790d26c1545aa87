/** Runs a revocation for the command line: shows the plan, asks, carries it out, and shows the proof. */

import type { RevocationPlan } from '../../../client/revoke/plan.ts';
import type { Revocation } from '../../../client/revoke/planned-roles.ts';
import { checkNothingLost, revoke } from '../../../client/revoke/revoke.ts';
import { NotaryError } from '../../../errors.ts';
import type { Finding } from '../../../review/finding.ts';
import { revocationView, type ShownRevocation } from '../../render/revocation.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { rendered, type Shown } from '../../spec/command-spec.ts';
import { askWhatIsLost, layoutOfQuestions } from './lost-targets-question.ts';
import { type RevocationFlags, type RevocationRequest, readRevocation } from './revocation-request.ts';

/** The flags of `delegation revoke`. */
export interface Given extends RevocationFlags {
  readonly 'dry-run': boolean;
  readonly 'exit-code': boolean;
  readonly stage: boolean;
  readonly yes: boolean;
}

/**
 * @param who names, key IDs and prefixes of them
 * @throws NotaryError ABORTED where the question was not answered with yes, or could not be asked; the codes of
 * `readRevocation` and `revoke`
 */
export async function runRevocation(
  context: CommandContext,
  gun: string,
  who: readonly string[],
  given: Given,
): Promise<Shown> {
  const isLook = given['dry-run'];
  const collection = await context.openRepository(
    gun,
    isLook ? 'pull' : 'push,pull',
    isLook ? 'read-only' : 'read-write',
  );
  const request = await readRevocation(context, collection, { who, flags: given });
  if (request.plan.roles.length === 0 && !request.plan.findings.some(({ prevents }) => prevents === true))
    return rendered(revocationView, { ...request.shown, state: 'nowhere' });
  return isLook ? look(request, given) : carryOut(context, request, given);
}

/** The plan alone: status 3 and 4 only when they were asked for. */
function look({ plan, revocation, shown }: RevocationRequest, given: Given): Shown {
  const refused = revocation.lost === undefined && plan.lost.some(({ only }) => only.length > 0);
  const fails = refused || plan.findings.some(({ prevents }) => prevents === true);
  const findings = plan.findings.map(
    (finding): Finding =>
      refused && finding.code === 'TAGS_WOULD_VANISH'
        ? { ...finding, severity: 'error', prevents: true }
        : finding,
  );
  const result = rendered(revocationView, { ...shown, plan: { ...plan, findings }, state: 'dry-run' });
  return given['exit-code'] ? { ...result, status: fails ? 4 : 3 } : result;
}

async function carryOut(context: CommandContext, request: RevocationRequest, given: Given): Promise<Shown> {
  const { collection, shown } = request;
  let { revocation, plan } = request;
  const isAsked = !given.yes && !context.forProgram && context.prompter.interactive;
  if (isAsked) {
    context.write(revocationView.text({ ...shown, state: 'dry-run' }, layoutOfQuestions));
    while (needsChoice(plan, revocation)) {
      ({ revocation, plan } = await askWhatIsLost(context, { ...request, revocation, plan }));
      context.write(
        revocationView.text({ ...shown, plan, choice: revocation.lost, state: 'dry-run' }, layoutOfQuestions),
      );
    }
  }
  checkNothingLost(collection.gun, plan, revocation);
  for (const { code, severity, message, role } of plan.findings)
    if (severity === 'warning' && (code === 'PURGE_INCOMPLETE' || code === 'CHANGE_UNREADABLE'))
      collection.caution(code, message, { gun: collection.gun, ...(role !== undefined && { role }) });
  await confirm(context, given, isAsked);
  if (given.stage) {
    const { stageRevocation } = await import('../../../client/revoke/stage-revocation.ts');
    await stageRevocation(collection, revocation, plan);
    return rendered(revocationView, { ...shown, plan, choice: revocation.lost, state: 'staged' });
  }
  const agree = async (grown: RevocationPlan): Promise<boolean> => {
    if (!isAsked) return false;
    context.print('Another client has published meanwhile, and the plan has changed:');
    context.write(revocationView.text({ ...shown, plan: grown, state: 'dry-run' }, layoutOfQuestions));
    return context.prompter.confirm(question);
  };
  const done = await revoke(collection, revocation, plan, agree);
  const result: ShownRevocation = {
    ...{ ...shown, choice: revocation.lost },
    plan: { ...done.plan, findings: [...done.plan.findings, ...request.staged] },
    ...{ proof: done.proof, state: 'published' },
  };
  return rendered(revocationView, result);
}

const question = 'Revoke? (yes/no) ';

function needsChoice({ lost }: RevocationPlan, { lost: choice }: Revocation): boolean {
  return choice === undefined && lost.some(({ only }) => only.length > 0);
}

/** @throws NotaryError ABORTED, INPUT_NEEDED */
async function confirm(
  { prompter, noInput }: CommandContext,
  { yes }: Given,
  isAsked: boolean,
): Promise<void> {
  if (yes) return;
  if (!isAsked && !noInput) {
    throw new NotaryError('ABORTED', 'the revocation was not confirmed: nothing was changed', {
      hint: 'Give -y to revoke without a question, and --dry-run to look at it.',
    });
  }
  if (!(await prompter.confirm(question)))
    throw new NotaryError('ABORTED', 'the question was not answered with yes: nothing was changed');
}
