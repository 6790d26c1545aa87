/** `anchor check`: compares fingerprints with the root of a collection. */

import { UsageError } from '../../args/usage-error.ts';
import { defineCommand, rendered } from '../../spec/command-spec.ts';

export const anchorCheck = defineCommand({
  path: ['anchor', 'check'],
  operands: '[ GUN ] <fingerprint> ...',
  surplus: 'checked',
  acceptsRepoList: true,
  short: 'Compares fingerprints with the trusted root',
  long:
    'Compares fingerprints with the newest root that signatures prove from the trusted one, or, where no root is trusted ' +
    'yet, with the one that the server serves. A fingerprint is the SHA-256 of a root certificate, with or without ' +
    'colons, or the full ID of a root key. Nothing is written. The exit status is 0 when each of them is that of the ' +
    'root, 4 when one is not or the root cannot be believed, and 1 when the server could not be asked.',
  examples: async () => (await import('../../help/examples/anchors.ts')).check,
  flags: {
    offline: { type: 'bool', extension: true, usage: 'Compare with the cached root, without the server' },
  },
  async run(context, { args, flags: { offline } }) {
    const [gun, ...words] = args;
    if (gun === undefined || words.length === 0)
      throw new UsageError('must specify a GUN and at least one fingerprint');
    const { parseFingerprint } = await import('../../../client/anchor/fingerprint.ts');
    const fingerprints = words.map(parseFingerprint);
    const repository = await context.openRepository(gun, offline ? 'offline' : 'pull', 'read-only');
    const { checkAnchor } = await import('../../../client/anchor/check-anchor.ts');
    const { statusOf } = await import('../../../review/finding.ts');
    const { checkView } = await import('../../render/anchor.ts');
    const now = context.clock.now();
    const result = await checkAnchor(repository, fingerprints, { now, offline });
    const status = statusOf(result.findings) === 4 ? 4 : 0;
    return { ...rendered(checkView, { ...result, gun }), status };
  },
});
