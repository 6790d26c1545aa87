/** `archive verify`: verifies an archive without a server. */

import { isNotaryError } from '../../../errors.ts';
import { statusOf } from '../../../review/finding.ts';
import { UsageError } from '../../args/usage-error.ts';
import type { VerifiedArchive } from '../../render/archive.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand } from '../../spec/command-spec.ts';
import type { VerificationRequest } from '../with/archive-reports.ts';

export const archiveVerify = defineCommand({
  path: ['archive', 'verify'],
  extension: true,
  operands: '<archive> [ gun ... ]',
  surplus: 'checked',
  short: 'Verifies an archive without a server',
  long:
    'Verifies the collections of an archive as a client verifies those of a server: the chain of roots, signatures and ' +
    'thresholds, checksums and versions, delegations, at the time when the server signed the archived timestamp, or ' +
    'at another time. No network is used. It proves what was signed, and that the server vouched for it until the ' +
    'timestamp expired; whose root it is, only a fingerprint from elsewhere can say. The status is 0 when all ' +
    'verifies, 3 when something is missing, 4 when something is wrong or cannot be believed, 1 when the file cannot be ' +
    'read.',
  examples: async () => (await import('../../help/examples/archives.ts')).verify,
  flags: {
    at: { type: 'string', extension: true, usage: 'Verify as of then: a date, a time, or +30d from now' },
    root: {
      type: 'list',
      extension: true,
      usage:
        'What the root must have: the SHA-256 of a certificate, a root key ID, or a file with those, a certificate or a pin',
    },
  },
  async run(context, { args, flags }) {
    const [path, ...guns] = args;
    if (path === undefined) throw new UsageError('must specify an archive');
    const { parsePointInTime } = await import('../../args/time-values.ts');
    const at = flags.at === '' ? undefined : parsePointInTime(flags.at, '--at', context.clock.now());
    const { readAnchors } = await import('../../../client/archive/known-anchors.ts');
    const read = (word: string) => readAnchors(word, (file) => context.files.read(file));
    const anchors = flags.root && (await Promise.all(flags.root.map(read))).flat();
    const verified = await verifiedOrInvalid(context, path, { guns, anchors, at });
    const { verificationLines, verificationText } = await import('../../render/archive.ts');
    return {
      text: (layout) => verificationText(verified, layout),
      json: () => undefined,
      jsonLines: () => verificationLines(verified),
      status: statusOf([...verified.findings, ...verified.repositories.flatMap(({ findings }) => findings)]),
    };
  },
});

/** What is no archive, or a hostile one, is an answer here. */
async function verifiedOrInvalid(
  context: CommandContext,
  path: string,
  request: VerificationRequest,
): Promise<VerifiedArchive> {
  const { verifyArchive } = await import('../with/archive-reports.ts');
  try {
    return await verifyArchive(context, await context.openArchive(path), request);
  } catch (error) {
    if (!isNotaryError(error, 'ARCHIVE_INVALID')) throw error;
    const { code, message } = error;
    return { file: path, repositories: [], findings: [{ code, severity: 'error', message }] };
  }
}
