/** `trust key generate`: makes a key to sign images with, and writes its public half to a file. */

import { isNotaryError, NotaryError, rephrased } from '../../../../errors.ts';
import { checkNewKeyName } from '../../../../images/signer-name.ts';
import type { Files } from '../../../../ports/files.ts';
import { escapeForTerminal, terminalSafe } from '../../../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../../../spec/command-spec.ts';

const privateFile = 0o600;

export const trustKeyGenerate = defineCommand({
  path: ['trust', 'key', 'generate'],
  extension: true,
  operands: 'NAME',
  surplus: 'checked',
  hideFlagsInUsage: true,
  docker: { least: 1, exact: true },
  short: 'Makes a key to sign images with',
  long:
    'Makes a P-256 key for a signer, stores it under the name of the signer, protected by a passphrase, and writes its public ' +
    'key to NAME.pub, for the owner of an image to add with trust signer add.',
  examples: async () => (await import('../../../help/examples/trust.ts')).keyGenerate,
  flags: {
    dir: { type: 'string', usage: 'Directory to generate key in, defaults to current directory' },
  },
  async run(context, { args: [name = ''], flags: { dir } }) {
    checkNewKeyName(name);
    const { files } = context;
    const path = dir === '' ? files.absolute(`${name}.pub`) : inFolder(dir, `${name}.pub`);
    await checkFree(files, path, dir === '' ? files.absolute('.') : dir);
    context.print(terminalSafe`Generating key for ${name}...`);
    const { makeSignerKey } = await import('../../../../keys/make-signer-key.ts');
    const { cryptoService } = await (await context.openDocker()).openKeys();
    const write = (bytes: Uint8Array) => files.write(path, bytes, privateFile);
    try {
      const keyId = await makeSignerKey(cryptoService, name, write);
      context.print(
        terminalSafe`Successfully generated and loaded private key. Corresponding public key available: ${path}`,
      );
      return jsonOnly({ name, keyId, file: path });
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      if (error.code === 'FILE_UNWRITABLE' && error.details['file'] === path)
        throw rephrased(error, (message) => `failed to write public key to ${path}: ${message}`);
      context.print(escapeForTerminal(error.message));
      throw rephrased(error, (message) => `failed to generate key for ${name}: ${message}`);
    }
  },
});

/** @throws NotaryError FILE_UNREADABLE, FILE_UNWRITABLE, with nothing made */
async function checkFree(files: Files, path: string, folder: string): Promise<void> {
  const details = { file: path };
  switch (await files.obstacle(path)) {
    case 'no folder':
      throw new NotaryError('FILE_UNREADABLE', `public key path does not exist: "${folder}"`, { details });
    case 'taken':
      throw new NotaryError('FILE_UNWRITABLE', `public key file already exists: "${path}"`, { details });
    case 'unwritable':
      throw new NotaryError(
        'FILE_UNWRITABLE',
        `failed to write public key to ${path}: open ${path}: permission denied`,
        { details, hint: 'No key was made.' },
      );
    default:
  }
}

/** As Go joins them: without a dot, a double slash, or a slash at the end. */
function inFolder(folder: string, name: string): string {
  const parts: string[] = [];
  for (const part of folder.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !folder.startsWith('/')) parts.push(part);
  }
  return `${folder.startsWith('/') ? '/' : ''}${[...parts, name].join('/')}`;
}
