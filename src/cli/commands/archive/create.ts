/** `archive create`: keeps the trust data of repositories in one file. */

import { inParallel } from '../../../client/fetch/concurrency.ts';
import { isNotaryError, type NotaryError } from '../../../errors.ts';
import { UsageError } from '../../args/usage-error.ts';
import { defineCommand } from '../../spec/command-spec.ts';

/** Repositories that are read at a time. */
const jobs = 8;

export const archiveCreate = defineCommand({
  path: ['archive', 'create'],
  extension: true,
  operands: '[ GUN ] [ gun ... ]',
  surplus: 'checked',
  acceptsRepoList: true,
  short: 'Keeps the trust data of collections in a file',
  long:
    'Reads collections as a client does that has never seen them, and keeps the bytes that the server gives in one ' +
    'file: every root from the first one on, and the current file of every role; with --history also the earlier ' +
    'versions that the server still has. Only what verifies is kept; what has expired is kept, and named. The file ' +
    'holds no private key and no login. It proves what was signed, and that this server vouched for it between two ' +
    'dates, and not that it was still current later.',
  examples: async () => (await import('../../help/examples/archives.ts')).create,
  flags: {
    continue: {
      type: 'bool',
      extension: true,
      usage: 'Go on with an archive that was interrupted',
    },
    history: {
      type: 'bool',
      extension: true,
      usage: 'Keep the earlier versions, too, as far as the server has them',
    },
    output: {
      type: 'string',
      short: 'o',
      extension: true,
      usage: 'The file to write; an archive that is there is replaced by one that holds all of it',
    },
  },
  refusesRepoList({ args }) {
    return args.length === 0 ? undefined : 'the GUNs are those that --repos names: none can be given as well';
  },
  async gathers({ flags }) {
    return (await import('../with/archive-creation.ts')).gatherArchive(flags);
  },
  async run(context, { args, flags }) {
    if (args.length === 0) throw new UsageError('Must specify a GUN');
    await context.configure();
    const { gatherArchive } = await import('../with/archive-creation.ts');
    const guns = [...new Set(args)];
    const gathering = gatherArchive(flags);
    await gathering.begin?.(context);
    let failure: NotaryError | undefined;
    const work = async (index: number): Promise<void> => {
      const gun = guns[index];
      if (gun === undefined) return;
      try {
        await gathering.add(context, gun);
      } catch (error) {
        if (!isNotaryError(error) || isNotaryError(error, 'USAGE', 'INTERRUPTED')) throw error;
        gathering.fail(gun, error);
        failure = error;
        if (guns.length > 1) context.log.error(`${gun}: ${error.message}`, error.code);
      }
    };
    await inParallel(guns.length, jobs, work, () => Promise.resolve());
    const result = await gathering.finish(context, guns);
    if (guns.length === 1 && failure !== undefined) throw failure;
    return result;
  },
});
