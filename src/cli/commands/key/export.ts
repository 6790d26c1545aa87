/** `key export`: writes private keys as a PEM bundle. */

import { NotaryError } from '../../../errors.ts';
import { UsageError } from '../../args/usage-error.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

export const keyExport = defineCommand({
  path: ['key', 'export'],
  operands: '',
  short: 'Writes private keys as a PEM bundle',
  long:
    'Writes the private keys on this machine, still encrypted, to standard output or to a file. Another ' +
    'machine can import the bundle. It writes all keys, or those of some GUNs, or those with some IDs.',
  examples: async () => (await import('../../help/examples/keys.ts')).exportKeys,
  flags: {
    gun: { type: 'strings', usage: 'Write only keys of these GUNs' },
    key: { type: 'strings', usage: 'Write only keys with these IDs' },
    output: { type: 'string', short: 'o', usage: 'File to write to' },
  },
  async run(context, { args, flags }) {
    if (args.length > 0) throw new UsageError('export does not take any positional arguments');
    const filter = { guns: flags.gun ?? [], keyIds: flags.key ?? [] };
    await context.configure();
    if (filter.guns.length > 0 && filter.keyIds.length > 0) {
      throw new NotaryError(
        'USAGE',
        'Only the --gun or --key flag may be provided, not a mix of the two flags',
      );
    }
    const { storage } = await context.openKeys();
    const { exportKeys } = await import('../../../keys/export-keys.ts');
    const bundle = await exportKeys({ storage, log: context.log }, filter);
    if (flags.output !== '') {
      await context.files.writePrivate(flags.output, bundle);
      return jsonOnly({ output: flags.output, pem: null });
    }
    context.write(bundle);
    return jsonOnly({ output: null, pem: Buffer.from(bundle).toString('utf8') });
  },
});
