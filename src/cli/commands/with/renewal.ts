/** Renews one repository: plans it, shows the plan, asks, signs and publishes. */

import { targetsByRole } from '../../../client/read/find-target.ts';
import { defaultWithin, failsHere, planRenewal, type Renewal } from '../../../client/renew/plan.ts';
import { renew } from '../../../client/renew/renew.ts';
import type { RepositoryPorts } from '../../../client/repository-ports.ts';
import { NotaryError } from '../../../errors.ts';
import { parseDuration } from '../../args/time-values.ts';
import { renewalView, type ShownRenewal } from '../../render/renewal.ts';
import { loadedNames } from '../../run/loaded-names.ts';
import { answerNeeded } from '../../run/no-input.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { rendered, type Shown } from '../../spec/command-spec.ts';
import { chosenExpiry, type LifetimeValues } from './lifetime-flags.ts';
import { layoutOfQuestions } from './lost-targets-question.ts';

interface RenewalFlags extends LifetimeValues {
  readonly 'all-roles': boolean;
  readonly 'dry-run': boolean;
  readonly 'exit-code': boolean;
  readonly roles: readonly string[] | undefined;
  readonly within: string;
  readonly yes: boolean;
}

/** @throws NotaryError INVALID_FLAG, ABORTED; the codes of `planRenewal` and `renew` */
export async function runRenewal(context: CommandContext, gun: string, flags: RenewalFlags): Promise<Shown> {
  const expiryOf = await chosenExpiry(flags, context.clock.now());
  const renewal: Renewal = {
    ...(flags.roles !== undefined && { roles: flags.roles }),
    within: flags.within === '' ? defaultWithin : parseDuration(flags.within, '--within'),
    allRoles: flags['all-roles'],
  };
  await context.configure();
  const dryRun = flags['dry-run'];
  const opened = dryRun
    ? await context.openRepository(gun, 'pull', 'read-only')
    : await context.openRepository(gun, 'push,pull');
  const collection: RepositoryPorts = expiryOf === undefined ? opened : { ...opened, expiryOf };
  const plan = await planRenewal(collection, renewal, dryRun);
  const names = await loadedNames(context, [targetsByRole(plan.loaded)]);
  const shown: ShownRenewal = { gun, plan, names, renewed: [], state: dryRun ? 'dry-run' : 'nothing' };
  const here = plan.due.filter(({ failure }) => failure === undefined);
  if (!dryRun && here.length > 0) {
    await confirm(context, flags, shown);
    const renewed = await renew(collection, plan, renewal);
    return result({ ...shown, renewed, state: 'renewed' }, flags.yes || context.forProgram);
  }
  if (!dryRun) return result(shown, true);
  const looked = rendered(renewalView, shown);
  return flags['exit-code'] && differs(shown) ? { ...looked, status: 3 } : looked;
}

function differs({ plan }: ShownRenewal): boolean {
  return plan.due.length > 0 || plan.findings.some(({ severity }) => severity === 'error');
}

/** The plan has been shown before a question: then the result alone follows. */
function result(shown: ShownRenewal, whole: boolean): Shown {
  const view = rendered(renewalView, { ...shown, whole });
  // A timer takes 3 for the turn of another.
  if (shown.plan.due.some(failsHere)) return { ...view, status: 1 };
  const needsAttention = shown.plan.findings.some(({ severity }) => severity === 'error');
  return needsAttention ? { ...view, status: 3 } : view;
}

const question = 'Renew? (yes/no) ';

/** @throws NotaryError ABORTED, INPUT_NEEDED */
async function confirm(context: CommandContext, { yes }: RenewalFlags, shown: ShownRenewal): Promise<void> {
  if (yes) return;
  const { prompter } = context;
  if (context.noInput) throw answerNeeded(question);
  if (context.forProgram || !prompter.interactive) {
    throw new NotaryError('ABORTED', 'the renewal was not confirmed: nothing was changed', {
      hint: 'Give -y to renew without a question, and --dry-run to look at it.',
    });
  }
  context.write(renewalView.text({ ...shown, state: 'dry-run' }, layoutOfQuestions));
  if (!(await prompter.confirm(question)))
    throw new NotaryError('ABORTED', 'the question was not answered with yes: nothing was changed');
}
