/** `archive restore`: brings the collections of an archive to an empty server. */

import { UsageError } from '../../args/usage-error.ts';
import { defineCommand } from '../../spec/command-spec.ts';
import { yesFlag } from '../with/declined.ts';

export const archiveRestore = defineCommand({
  path: ['archive', 'restore'],
  extension: true,
  operands: '<archive> [ GUN ] ...',
  surplus: 'checked',
  short: 'Brings archived collections to an empty server',
  long:
    'Sends collections of an archive to a Notary server that has nothing of them. Targets and delegations keep their ' +
    'bytes and signatures, so that they are not signed again. The root is made anew with the keys of the new server, and ' +
    'signed by the same root key, which has to be here; timestamp and snapshot are signed by the new server, a snapshot ' +
    'by its owner where that key is here. Further uploads raise the versions above those that readers of the old server ' +
    'have seen. What stays, what is made anew and who cannot follow is shown first, and asked about once; then readers ' +
    'who know the old server, and one with an empty cache, prove the outcome. A restore that was interrupted goes on when ' +
    'it is run again. What has expired is refused: renew it on the old server, and archive it again.',
  examples: async () => (await import('../../help/examples/archives.ts')).restore,
  flags: {
    'dry-run': {
      type: 'bool',
      extension: true,
      usage: 'Show what would be sent; write, sign and send nothing',
    },
    root: {
      type: 'list',
      extension: true,
      usage:
        'What the root must have: the SHA-256 of a certificate, a root key ID, or a file with those, a certificate or a pin',
    },
    to: { type: 'string', extension: true, usage: 'The URL of the new server' },
    yes: { ...yesFlag, usage: 'Restore without asking' },
  },
  async run(context, { args, flags }) {
    const [path, ...guns] = args;
    if (path === undefined) throw new UsageError('must specify an archive');
    const { runArchiveRestore } = await import('../with/archive-restore.ts');
    return runArchiveRestore(context, { path, guns }, flags);
  },
});
