/** `key import`: stores private keys from PEM files. */

import { UsageError } from '../../args/usage-error.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

export const keyImport = defineCommand({
  path: ['key', 'import'],
  operands: 'pemfile [ pemfile ... ]',
  short: 'Stores private keys from PEM files',
  long:
    'Stores every private key found in the given files: PEM or DER, of this program or another, encrypted ' +
    'or not. The file - is standard input. Role and GUN come from the PEM headers, else from the flags, ' +
    'which must not contradict them. Keys that are not encrypted get a new passphrase; the others keep ' +
    'theirs. It never replaces a stored key by a different one.',
  examples: async () => (await import('../../help/examples/keys.ts')).importKeys,
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
    const imported: string[] = [];
    for (const path of args) {
      // What was typed for one file is not tried on another.
      const { storage, retrieve } = await context.openKeys();
      const standardInput = path === '-';
      const file = standardInput ? await context.files.stdin() : await context.files.read(path);
      const source = standardInput ? 'standard input' : path;
      const options = { role: flags.role, gun: flags.gun, source };
      const keyIds = await importKeys({ storage, retrieve, log: context.log }, file, options);
      for (const keyId of keyIds) imported.push(keyId);
    }
    return jsonOnly({ files: args, keyIds: [...new Set(imported)] });
  },
});
