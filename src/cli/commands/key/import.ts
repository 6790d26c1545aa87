/** `key import`: stores private keys from PEM files. */

import { defineCommand, told } from '../../command-spec.ts';
import { UsageError } from '../../usage-error.ts';

export const keyImport = defineCommand({
  path: ['key', 'import'],
  operands: 'pemfile [ pemfile ... ]',
  short: 'Stores private keys from PEM files',
  long: 'Stores every private key found in the given PEM files. Role and GUN come from the PEM headers, else\nfrom the flags. Keys that are not encrypted are encrypted with a new passphrase.',
  examples: ['key import alice.key --role user'],
  flags: {
    gun: { type: 'string', short: 'g', usage: 'GUN of keys that name none' },
    role: { type: 'string', short: 'r', usage: 'Role of keys that name none; delegation if not given' },
  },
  async run(context, { args, flags }) {
    if (args.length === 0) {
      throw new UsageError('must specify at least one input file to import keys from');
    }
    await context.configure();
    const { importKeys } = await import('../../../keys/import-keys.ts');
    for (const path of args) {
      // What was typed for one file is not tried on another.
      const { storage, retrieve } = await context.openKeys();
      const options = { role: flags.role, gun: flags.gun, source: path };
      await importKeys({ storage, retrieve, log: context.log }, await context.files.read(path), options);
    }
    return told({ files: args });
  },
});
