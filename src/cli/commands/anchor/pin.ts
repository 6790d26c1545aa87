/** `anchor pin`: writes a trust pin for the verified root of a collection into the configuration. */

import type { PinPlan } from '../../../client/anchor/plan-pin.ts';
import { shellWord } from '../../../encoding/shell-quote.ts';
import { NotaryError } from '../../../errors.ts';
import type { SharedFile } from '../../../ports/shared-file.ts';
import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, type Shown } from '../../spec/command-spec.ts';

export const anchorPin = defineCommand({
  path: ['anchor', 'pin'],
  operands: '[ GUN ] [ fingerprint ... ]',
  surplus: 'checked',
  short: 'Pins the root in the configuration',
  long:
    'Writes the root of a collection into trust_pinning of the configuration file in force, so that a client with that ' +
    'configuration takes no other root at first use. Everything else in the file stays as it is. The root is verified ' +
    'with the server first. Without a fingerprint it pins the root that this machine trusts, and asks at a terminal; a ' +
    'script gives the fingerprint of the root certificate, or the ID of the root key. Where that is not of the root, or ' +
    'a pin is there that names another root, nothing is written and the exit status is 4.',
  examples: async () => (await import('../../help/examples/anchors.ts')).pin,
  flags: {},
  async run(context, { args }) {
    const [gun, ...words] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    const { parseFingerprint } = await import('../../../client/anchor/fingerprint.ts');
    const fingerprints = words.map(parseFingerprint);
    const repository = await context.openRepository(gun, 'pull', 'read-only');
    const { planPin } = await import('../../../client/anchor/plan-pin.ts');
    const plan = await planPin(repository, fingerprints, context.clock.now());
    const file = await context.openConfigFile();
    if (plan.findings.length > 0) return shownPin(gun, file, plan, 'refused');
    const isThere = plan.before?.join() === plan.after.join();
    if (isThere) return shownPin(gun, file, plan, 'unchanged');
    if (fingerprints.length === 0) await agree(context, gun, file, plan);
    const { writePin } = await import('../../config/pin-edit.ts');
    await writePin(file, { gun, before: plan.before, after: plan.after });
    if (gun !== gun.toLowerCase())
      context.log.warn(
        `Notary 0.7.0 reads the names of pins in small letters, so that this one counts for tsnotary only: ${gun}`,
        'PIN_UNSEEN_BY_NOTARY',
      );
    return shownPin(gun, file, plan, 'pinned');
  },
});

/** @throws NotaryError ABORTED without a terminal, and unless the answer is yes */
async function agree(context: CommandContext, gun: string, file: SharedFile, plan: PinPlan): Promise<void> {
  const { fingerprintsOf } = await import('../../../client/anchor/described-root.ts');
  const hint = `Compare the fingerprint with what the owner says, and give it: tsnotary anchor pin ${shellWord(gun)} FINGERPRINT`;
  const details = { gun, file: file.path };
  if (!context.prompter.interactive)
    throw new NotaryError('ABORTED', `a pin for ${gun} needs a fingerprint, or a terminal to ask at`, {
      details,
      hint,
    });
  for (const line of pinLines(plan)) context.print(line);
  const prints = plan.root === undefined ? [] : fingerprintsOf(plan.root);
  const question = terminalSafe`Pin ${gun} to ${prints.join(', ')} in ${file.path}? (yes/no) `;
  if (await context.prompter.confirm(question)) return;
  throw new NotaryError('ABORTED', 'the question was not answered with yes: nothing was written', {
    details,
  });
}

type PinState = 'pinned' | 'unchanged' | 'refused';

async function shownPin(gun: string, file: SharedFile, plan: PinPlan, state: PinState): Promise<Shown> {
  const { findingLines, findingsData, rootData, rowData } = await import('../../render/anchor.ts');
  const { root, rows, before, after, replaces, findings } = plan;
  const text = {
    pinned: () => terminalSafe`${gun} is pinned in ${file.path} to ${after.join(', ')}` + '\n',
    unchanged: () => terminalSafe`${gun} is pinned in ${file.path} already` + '\n',
    refused: () => terminalSafe`Nothing was written to ${file.path}` + `\n${findingLines(findings)}`,
  }[state];
  return {
    ...(state === 'refused' && { status: 4 as const }),
    text: () => `${[...pinLines(plan), ''].join('\n')}${text()}`,
    json: () => ({
      ...{ gun, state, file: file.path, replaces },
      root: root === undefined ? null : rootData(root),
      rows: rows.map(rowData),
      ...{ before: before ?? null, after: state === 'refused' ? (before ?? null) : after },
      findings: findingsData(findings),
    }),
  };
}

/** The pins that are there; none is replaced without being shown. */
function pinLines({ pins, replaces }: PinPlan): readonly string[] {
  return pins.map(({ setting, pinnedFor, ids, verdict, provedFrom, inForce }) => {
    const named = ids === undefined ? '' : `: ${ids.join(', ')}`;
    const said =
      provedFrom === undefined
        ? verdict
        : `version ${provedFrom}, from which signatures lead to the present root`;
    const becomes = replaces && inForce ? '; it is replaced' : '';
    return terminalSafe`There is trust_pinning.${setting} for ${pinnedFor}${named} (${said}${becomes})`;
  });
}
