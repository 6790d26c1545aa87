/** `diff`: shows what a publish would change, and what would go wrong with it. */

import type { NamedState } from '../../client/preview/named-states.ts';
import type { RepositoryPorts } from '../../client/repository-ports.ts';
import { NotaryError } from '../../errors.ts';
import { UsageError } from '../args/usage-error.ts';
import { defineCommand } from '../spec/command-spec.ts';
import { archiveFlag, openForReading } from './with/reading.ts';

export const diff = defineCommand({
  path: ['diff'],
  extension: true,
  operands: '[ GUN ] <state A> <state B>',
  surplus: 'refused',
  acceptsRepoList: true,
  short: 'Shows what a publish would change, and what would go wrong',
  long:
    'Compares what the trust server serves with what a publish of the staged changes would make of it: keys, ' +
    'paths, thresholds and targets of each role. Everything that would make the publish fail, and everything ' +
    'that readers would lose by it, is named as a problem. Two states may be named instead of published and ' +
    'staged: one of these words, or @ and a version of targets, such as @17, which the server serves as it was; ' +
    'the second is staged where one is named. Writes and sends nothing, and asks for no passphrase.',
  examples: async () => (await import('../help/examples/collections.ts')).diff,
  flags: {
    archive: archiveFlag,
    'exit-code': {
      type: 'bool',
      extension: true,
      usage: 'Status 3 if anything differs, 4 if a publish would fail',
    },
    full: { type: 'bool', extension: true, usage: 'Name every target, however many there are' },
    offline: {
      type: 'bool',
      extension: true,
      usage: 'Compare with what this machine has seen last, without the server',
    },
  },
  async run(context, { args, flags }) {
    const [gun, first = 'published', second = 'staged'] = args;
    if (gun === undefined) throw new UsageError('Must specify a GUN');
    const { archive, offline, full } = flags;
    const [from, to] = [namedState(first), namedState(second)];
    if (archive !== '' && offline) throw new UsageError('--archive and --offline cannot both be given');
    const collection =
      archive === ''
        ? await context.openRepository(gun, offline ? 'offline' : 'pull', 'read-only')
        : await openForReading(context, gun, { archive, at: '' });
    if (offline) await checkSeen(collection, [from, to]);
    const { compareStates } = await import('../../client/preview/named-states.ts');
    const { shownDifference } = await import('./with/dry-run.ts');
    const difference = await compareStates(collection, { from, to }, offline);
    return shownDifference(context, collection, difference, {
      ...{ full, exitCode: flags['exit-code'], from: first, to: second, offline },
    });
  },
});

/** @throws NotaryError OFFLINE */
async function checkSeen(
  { gun, cache }: Pick<RepositoryPorts, 'gun' | 'cache'>,
  states: readonly NamedState[],
): Promise<void> {
  const seen = (await cache.get('timestamp')) !== undefined;
  if (seen && states.every((state) => typeof state === 'string')) return;
  const what = seen ? `earlier versions of ${gun} are not` : `nothing of ${gun} has been seen`;
  throw new NotaryError('OFFLINE', `${what} on this machine`, {
    details: { gun },
    hint: 'Leave out --offline to ask the server.',
  });
}

/** @throws UsageError for any other word */
function namedState(word: string): NamedState {
  if (word === 'published' || word === 'staged') return word;
  const version = /^@([1-9][0-9]{0,14})$/.exec(word)?.[1];
  if (version !== undefined) return { targetsVersion: Number(version) };
  throw new UsageError(
    `a state is published, staged, or @ and a version of targets such as @17, and not ${JSON.stringify(word)}`,
  );
}
