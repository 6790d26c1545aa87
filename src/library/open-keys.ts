/** Opens the private keys of a trust directory for a script. */

import { cautionFor } from '../composition/strictness.ts';
import { NotaryError } from '../errors.ts';
import { changePassphrase } from '../keys/change-passphrase.ts';
import { exportKeys } from '../keys/export-keys.ts';
import { generateKey, generateKeyFiles } from '../keys/generate-key.ts';
import { importKeys } from '../keys/import-keys.ts';
import { listKeys } from '../keys/list-keys.ts';
import { findListedKey, parseKeyId } from '../keys/remove-key.ts';
import { cautionOfRoleWord } from '../keys/role-word.ts';
import { checkChosen, checkKeysOptions, checkOptions, checkText } from './check-arguments.ts';
import { composeKeys, type KeysHandle } from './compose.ts';
import { logOf } from './log.ts';
import type { Keys, KeysOptions } from './stored-keys.ts';
import { bytesOrFile } from './targets.ts';

/**
 * Opens the private keys of a trust directory. It makes the directory; it reads nothing before a method needs it.
 *
 *     const keys = await openKeys({ trustDir: '/home/ci/.notary', passphrase: process.env.SIGNING_PASSPHRASE });
 *     await keys.import({ file: 'bob-key.pem' }, { role: 'delegation' });
 *     for (const { keyId, role, gun } of await keys.list()) console.log(role, gun, keyId);
 *
 * @throws NotaryError USAGE for an option of another type, FILE_UNWRITABLE
 */
export async function openKeys(options: KeysOptions): Promise<Keys> {
  checkKeysOptions(options);
  return keys(composeKeys(options, logOf(options)));
}

function keys(handle: KeysHandle): Keys {
  const { storage, files, log } = handle;
  const open = (passphrase?: string) => handle.open(passphrase);
  return {
    list: async () => (await listKeys(open().store)).map(({ keyId, role, gun }) => ({ keyId, role, gun })),
    generate: async (role) => {
      checkText('generate: the role', role);
      cautionOfRoleWord(role, cautionFor('none', log));
      const keyId = await generateKey(open().cryptoService, role);
      return { keyId, role, gun: '' };
    },
    generatePair: async (role) => {
      checkText('generatePair: the role', role);
      return generateKeyFiles(open().retrieve, role);
    },
    import: async (source, options) => {
      const given = bytesOrFile(source);
      checkOptions('import: its last argument', options, ['role', 'gun']);
      const { role = '', gun = '' } = options ?? {};
      checkText('import: the option role', role);
      checkText('import: the option gun', gun);
      const content = given instanceof Uint8Array ? given : await files.read(given.file);
      const caution = cautionFor('none', log);
      cautionOfRoleWord(role, caution);
      const stored = await importKeys({ storage, retrieve: open().retrieve, log, caution }, content, {
        ...{ role, gun },
        source: given instanceof Uint8Array ? 'the bytes' : given.file,
      });
      if (stored.length > 0) return stored.map(({ keyId }) => keyId);
      throw new NotaryError('INVALID_KEY', 'there is no private key in what was given to import');
    },
    export: async (options) => {
      checkOptions('export: its argument', options, ['guns', 'keyIds']);
      const { guns = [], keyIds = [] } = options ?? {};
      checkChosen('export: the option guns', options?.guns);
      checkChosen('export: the option keyIds', options?.keyIds);
      if (guns.length > 0 && keyIds.length > 0)
        throw new NotaryError('USAGE', 'export: the options guns and keyIds exclude each other');
      const caution = cautionFor('none', log);
      return (await exportKeys({ storage, log, caution }, { guns, keyIds })).bundle;
    },
    remove: async (keyId) => {
      checkText('remove: the key ID', keyId);
      const { store } = open();
      await store.remove((await findListedKey(store, parseKeyId(keyId))).keyId);
    },
    changePassphrase: async (keyId, passphrase) => {
      checkText('changePassphrase: the key ID', keyId);
      checkText('changePassphrase: the new passphrase', passphrase);
      await changePassphrase(open().store, open(passphrase).store, parseKeyId(keyId));
    },
  };
}
