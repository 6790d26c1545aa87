/** `anchor refresh`: replaces a stale or damaged cached root by the one that the server serves. */

import type { RefreshPlan, RefreshPorts } from '../../../client/anchor/refresh-anchor.ts';
import type { ServedAnchor } from '../../../client/anchor/served-anchor.ts';
import { shellWord } from '../../../encoding/shell-quote.ts';
import { NotaryError } from '../../../errors.ts';
import { UsageError } from '../../args/usage-error.ts';
import type { RefreshState, ShownRefresh } from '../../render/anchor-refresh.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, type Shown } from '../../spec/command-spec.ts';

export const anchorRefresh = defineCommand({
  path: ['anchor', 'refresh'],
  operands: '[ GUN ] [ fingerprint ... ]',
  surplus: 'checked',
  short: 'Replaces a stale or damaged root',
  long:
    'Replaces the root that this machine trusts by the one that the server serves, and shows the fingerprints of both ' +
    'and of the roots between them. A root that signatures prove from the trusted one is taken. What no signatures ' +
    'prove is asked about at a terminal, and elsewhere needs the fingerprint of the new root; -y does not answer that. ' +
    'An older root is never taken. Staged changes and private keys stay. The exit status is 4 when the root may not be ' +
    'taken or a fingerprint is not that of it; nothing is changed then.',
  examples: async () => (await import('../../help/examples/anchors.ts')).refresh,
  flags: {
    yes: {
      type: 'bool',
      short: 'y',
      extension: true,
      usage: 'Ask nothing: what no signatures prove needs a fingerprint all the same',
    },
  },
  async run(context, { args, flags: { yes } }) {
    const [gun, ...words] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    const { parseFingerprint } = await import('../../../client/anchor/fingerprint.ts');
    const fingerprints = words.map(parseFingerprint);
    const repository = await context.openRepository(gun, 'pull');
    const { planRefresh, takeRoot } = await import('../../../client/anchor/refresh-anchor.ts');
    const plan = await planRefresh(repository, context.clock.now());
    const shown = await describe(context, repository, plan, fingerprints);
    if (plan.outcome === 'refused') return finished(shown, 'refused');
    const differ = shown.rows.filter(({ match }) => match === undefined);
    if (differ.length > 0) {
      const { differs } = await import('../../../client/anchor/check-anchor.ts');
      const findings = [...differ.map((row) => differs(gun, row)), ...shown.findings];
      return finished({ ...shown, findings }, 'refused');
    }
    if (plan.outcome === 'same') return finished(shown, 'unchanged');
    if (plan.outcome === 'unproved' && fingerprints.length === 0)
      await vouch(context, shown, plan.served, yes);
    await takeRoot(repository, plan);
    return finished(shown, 'refreshed');
  },
});

async function describe(
  { clock }: CommandContext,
  { gun, cache }: RefreshPorts,
  { held, served, outcome, findings }: RefreshPlan,
  fingerprints: readonly string[],
): Promise<ShownRefresh> {
  const { describeRoot } = await import('../../../client/anchor/described-root.ts');
  const { checked } = await import('../../../client/anchor/check-anchor.ts');
  const now = clock.now();
  const before =
    held.kind === 'held' ? describeRoot(held.root, now) : held.kind === 'damaged' ? held.claims : undefined;
  const after = served && describeRoot(served.root, now);
  return {
    ...{ gun, file: cache.location('root'), held: held.kind, before, after, findings },
    proof: outcome === 'refused' ? undefined : outcome,
    between: (served?.between ?? []).map((root) => describeRoot(root, now)),
    rows: fingerprints.map((fingerprint) => checked(fingerprint, after, served?.root.content)),
  };
}

/** @throws NotaryError ABORTED without a terminal, with -y, and unless the answer is yes */
async function vouch(
  context: CommandContext,
  shown: ShownRefresh,
  { problem }: ServedAnchor,
  yes: boolean,
): Promise<void> {
  const { gun, file, after } = shown;
  const { fingerprintsOf } = await import('../../../client/anchor/described-root.ts');
  const prints = fingerprintsOf({ keys: (after?.keys ?? []).filter(({ signed }) => signed) });
  const details = { gun, file, served: prints, ...(problem !== undefined && { reason: problem.code }) };
  const { refreshLines } = await import('../../render/anchor-refresh.ts');
  for (const line of refreshLines(shown)) context.print(line);
  if (yes || !context.prompter.interactive)
    throw new NotaryError(
      'ABORTED',
      `no signatures prove the root of ${gun} that the server serves: nothing was changed`,
      {
        details,
        hint: `If its owner says that the fingerprint is right, give it: tsnotary anchor refresh ${shellWord(gun)} FINGERPRINT`,
      },
    );
  const agreed = await context.prompter.confirm(
    'No signatures prove the new root. Has the owner of the collection told you this fingerprint, and do you trust it from now on? (yes/no) ',
  );
  if (!agreed)
    throw new NotaryError('ABORTED', 'the question was not answered with yes: nothing was changed', {
      details,
    });
}

async function finished(shown: ShownRefresh, state: RefreshState): Promise<Shown> {
  const { statusOf } = await import('../../../review/finding.ts');
  const { refreshResult } = await import('../../render/anchor-refresh.ts');
  const status = state === 'refused' ? 4 : statusOf(shown.findings);
  return { ...refreshResult(shown, state), status };
}
