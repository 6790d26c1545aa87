/** `trust key load`: stores the private key of a signer. */

import type { NotaryError } from '../../../../errors.ts';
import { isNotaryError, rephrased } from '../../../../errors.ts';
import { checkName } from '../../../../images/signer-name.ts';
import type { PassphraseRetriever } from '../../../../ports/prompts.ts';
import { terminalSafe } from '../../../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../../../spec/command-spec.ts';

const defaultName = 'signer';
/** Bytes. */
const maxFile = 1024 * 1024;

export const trustKeyLoad = defineCommand({
  path: ['trust', 'key', 'load'],
  extension: true,
  operands: '[OPTIONS] KEYFILE',
  surplus: 'checked',
  hideFlagsInUsage: true,
  docker: { least: 1, exact: true },
  short: 'Loads a private key to sign images with',
  long:
    'Stores the private key of a PEM file, encrypted or not, under the name of its signer. The file must be closed to all but ' +
    'its owner. A key that is not encrypted gets a new passphrase; the others keep theirs.',
  examples: async () => (await import('../../../help/examples/trust.ts')).keyLoad,
  flags: {
    name: { type: 'string', default: defaultName, usage: 'Name for the loaded key' },
  },
  async run(context, { args: [path = ''], flags: { name } }) {
    if (name !== '') checkName('key', name);
    const docker = await context.openDocker();
    context.print(terminalSafe`Loading key from "${path}"...`);
    const bytes = await context.files.readSecrets(path, maxFile).catch((error: unknown) => {
      throw isNotaryError(error) ? refusedFile(path, error) : error;
    });
    const { loadSignerKeys } = await import('../../../../keys/load-signer-key.ts');
    const { storage, retrieve } = await docker.openKeys();
    const { log, caution } = context;
    const ports = { storage, retrieve: ofEncrypted(retrieve), log, caution };
    try {
      const file = { bytes, source: path, name, isChosen: name !== defaultName };
      const keys = await loadSignerKeys(ports, file);
      context.print(terminalSafe`Successfully imported key from ${path}`);
      return jsonOnly({ file: path, keys: keys.map(({ keyId, role }) => ({ keyId, role })) });
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      throw rephrased(error, (message) => `error importing key from ${path}: ${message}`);
    }
  },
});

/** Docker names no key whose ID is not known yet, and tries its variable alone where that is set. */
function ofEncrypted(retrieve: PassphraseRetriever): PassphraseRetriever {
  return ({ alias, keyName, createNew, attempts, unasked = false }) =>
    retrieve({
      alias: createNew || keyName !== '' ? alias : 'encrypted',
      ...{ keyName, createNew, attempts, unasked },
    });
}

function refusedFile(path: string, error: NotaryError): NotaryError {
  const reason = () => {
    if (error.code === 'FILE_UNREADABLE') return error.message.replace(/^open /, 'stat ');
    if (error.details['openToOthers'] === true)
      return `private key file ${path} must not be readable or writable by others`;
    return `read ${path}: is a directory`;
  };
  return rephrased(error, () => `refusing to load key from ${path}: ${reason()}`, {
    code: 'FILE_UNREADABLE',
    ...(error.details['openToOthers'] === true && { hint: `Run chmod 600 on it.` }),
  });
}
