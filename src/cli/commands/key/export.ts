/** `key export`: writes private keys as a PEM bundle. */

import { isNotaryError, NotaryError } from '../../../errors.ts';
import type { Export } from '../../../keys/export-keys.ts';
import type { Files } from '../../../ports/files.ts';
import { UsageError } from '../../args/usage-error.ts';
import { namedKeys } from '../../run/named-keys.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';
import { countByRole } from '../with/count-by-role.ts';
import { listedGuns } from '../with/listed-guns.ts';

export const keyExport = defineCommand({
  path: ['key', 'export'],
  operands: '',
  surplus: 'checked',
  short: 'Writes private keys as a PEM bundle',
  long:
    'Writes the private keys on this machine, still encrypted, to standard output or to a file. Another ' +
    'machine can import the bundle. It writes all keys, or those of some GUNs, or those with some IDs; a ' +
    'GUN or an ID without a key is an error, and the file stays as it was.',
  examples: async () => (await import('../../help/examples/keys.ts')).exportKeys,
  flags: {
    gun: { type: 'strings', usage: 'Write only keys of these GUNs' },
    key: { type: 'strings', usage: 'Write only keys with these IDs' },
    output: { type: 'string', short: 'o', usage: 'File to write to' },
    'with-root': {
      type: 'bool',
      extension: true,
      usage: 'With --gun or --repos, write the root keys as well, which belong to no GUN',
    },
    repos: {
      type: 'strings',
      extension: true,
      usage: 'File of GUNs, one a line, whose keys to write; - for standard input',
    },
  },
  async run(context, { args, flags }) {
    if (args.length > 0) throw new UsageError('export does not take any positional arguments');
    // An empty variable of a script must not stand for all keys.
    if (flags.repos?.length === 0) throw new UsageError('--repos must name a file');
    await context.configure();
    const guns = [...(flags.gun ?? []), ...(await listedGuns(flags.repos ?? [], context.files))];
    const filter = { guns, keyIds: flags.key ?? [], withRoot: flags['with-root'] };
    if (filter.guns.length > 0 && filter.keyIds.length > 0) {
      throw new NotaryError(
        'USAGE',
        'Only the --gun or --key flag may be provided, not a mix of the two flags',
      );
    }
    if (flags.gun?.length === 0 || flags.key?.length === 0)
      context.caution('KEYS_NOT_NAMED', '--gun or --key is empty, so all keys are exported');
    const { storage } = await context.openKeys();
    const keyIds = await namedKeys(context, filter.keyIds, { here: true });
    const { exportKeys } = await import('../../../keys/export-keys.ts');
    const { log, caution } = context;
    const exported = await exportKeys({ storage, log, caution }, { ...filter, keyIds });
    const toStdout = flags.output === '' || flags.output === '-';
    if (exported.leftOut.length > 0 && !toStdout)
      await refuseReplacing(flags.output, exported.leftOut, context.files);
    if (toStdout) context.write(exported.bundle);
    else await context.files.writePrivate(flags.output, exported.bundle);
    log.notice(summary(exported, toStdout ? 'standard output' : flags.output), 'KEYS_EXPORTED');
    const { keys, bundle, rootKeysLeftOut } = exported;
    return jsonOnly({
      output: toStdout ? null : flags.output,
      pem: toStdout ? Buffer.from(bundle).toString('utf8') : null,
      keys: keys.map(({ keyId, role, gun }) => ({ keyId, role, gun })),
      rootKeysLeftOut,
    });
  },
});

/** A backup that has all keys is worth more than a newer one that has not. */
async function refuseReplacing(output: string, leftOut: readonly string[], files: Files): Promise<void> {
  try {
    await files.readRegular(output);
  } catch (error) {
    if (isNotaryError(error, 'FILE_UNREADABLE')) return;
    throw error;
  }
  throw new NotaryError(
    'KEYS_LEFT_OUT',
    `${output} stays as it was: the export would lack what cannot be read: ${leftOut.slice(0, 10).join(', ')}`,
    {
      details: { file: output, keys: leftOut.slice(0, 10), count: leftOut.length },
      hint: 'Mend these key files, or write what can be read to another file.',
    },
  );
}

function summary({ keys, rootKeysLeftOut: left }: Export, place: string): string {
  const which = left === 1 ? 'The root key is' : `The ${left} root keys are`;
  const root =
    left === 0 ? '' : `. ${which} not among them: export all keys, or those of GUNs with --with-root`;
  return `exported ${countByRole(keys)} to ${place}${root}`;
}
