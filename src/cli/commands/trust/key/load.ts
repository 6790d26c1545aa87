/** `trust key load`: stores the private key of a signer. */

import { isNotaryError, NotaryError, rephrased } from '../../../../errors.ts';
import { checkName } from '../../../../images/signer-name.ts';
import type { Files } from '../../../../ports/files.ts';
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
    const bytes = await readKeyFile(context.files, path).catch((error: unknown) => {
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

async function readKeyFile(files: Files, path: string): Promise<Uint8Array> {
  // An empty path would stand for the working directory.
  if (path === '')
    throw new NotaryError('FILE_UNREADABLE', 'open : no such file or directory', { details: { file: path } });
  return files.readSecrets(path, maxFile);
}

function refusedFile(path: string, error: NotaryError): NotaryError {
  const { openToOthers, kind } = error.details;
  const isOpen = openToOthers === true;
  const reason = (): string => {
    if (error.code === 'FILE_UNREADABLE') return error.message.replace(/^open /, 'stat ');
    if (isOpen) return `private key file ${path} must not be readable or writable by others`;
    if (kind === 'too large') return `${path} is larger than ${maxFile} bytes`;
    return kind === 'directory'
      ? `read ${path}: is a directory`
      : `${path} is a pipe or a device, and no file`;
  };
  return rephrased(error, () => `refusing to load key from ${path}: ${reason()}`, {
    code: 'FILE_UNREADABLE',
    hint: isOpen ? 'Run chmod 600 on it.' : 'Give the path of a file with one private key.',
  });
}
