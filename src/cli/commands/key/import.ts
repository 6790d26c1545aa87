/** `key import`: stores private keys from PEM files. */

import type { ImportedKey } from '../../../keys/import-keys.ts';
import { cautionOfRoleWord } from '../../../keys/role-word.ts';
import { UsageError } from '../../args/usage-error.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';
import { countByRole } from '../with/count-by-role.ts';

export const keyImport = defineCommand({
  path: ['key', 'import'],
  operands: 'pemfile [ pemfile ... ]',
  short: 'Stores private keys from PEM files',
  long:
    'Stores every private key found in the given files: PEM, DER or PKCS#12, of this program or another, ' +
    'encrypted or not. The file - is standard input. Role and GUN come from the PEM headers, else from the flags, ' +
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
    const { log, caution } = context;
    cautionOfRoleWord(flags.role, caution);
    const imported: ImportedKey[] = [];
    let folder = '';
    for (const path of args) {
      // What was typed for one file is not tried on another.
      const { storage, retrieve } = await context.openKeys();
      const standardInput = path === '-';
      const file = standardInput ? await context.files.stdin() : await context.files.read(path);
      const source = standardInput ? 'standard input' : path;
      const options = { role: flags.role, gun: flags.gun, source };
      for (const key of await importKeys({ storage, retrieve, log, caution }, file, options))
        imported.push(key);
      folder = storage.location;
    }
    const keys = [...new Map(imported.map((key) => [key.keyId, key])).values()];
    for (const words of summaries(keys, folder)) log.notice(words, 'KEYS_IMPORTED');
    return jsonOnly({
      files: args,
      keyIds: keys.map(({ keyId }) => keyId),
      keys: keys.map(({ keyId, role, gun, proven }) => ({ keyId, role, gun, proven })),
      folder,
    });
  },
});

/** What is new, and what was here already: a backup that is imported where it was made changes nothing. */
function summaries(keys: readonly ImportedKey[], folder: string): readonly string[] {
  const ids = (some: readonly ImportedKey[]) => some.map(({ keyId }) => keyId).join(', ');
  const [here, added] = [true, false].map((unchanged) => keys.filter((key) => key.unchanged === unchanged));
  const words: string[] = [];
  if (added !== undefined && added.length > 0) {
    const unproven = added.filter(({ proven }) => !proven).length;
    const claim = unproven === 0 ? '' : `; ${unproven} under the ID that the file says, not opened yet`;
    words.push(`imported ${countByRole(added)} into ${folder}: ${ids(added)}${claim}`);
  }
  if (here !== undefined && here.length > 0)
    words.push(`${countByRole(here)} already in ${folder}, unchanged: ${ids(here)}`);
  return words;
}
