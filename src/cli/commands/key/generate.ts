/** `key generate`: makes a key. */

import { isNotaryError, NotaryError } from '../../../errors.ts';
import { cautionOfRoleWord } from '../../../keys/role-word.ts';
import type { Files } from '../../../ports/files.ts';
import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

const privateFile = 0o600;

export const keyGenerate = defineCommand({
  path: ['key', 'generate'],
  operands: '[ algorithm ]',
  surplus: 'checked',
  short: 'Makes a new key',
  long:
    'Makes an ECDSA key for a role and stores it in the trust directory, protected by a passphrase. With ' +
    '--output PREFIX it does not store the key but writes two files: the encrypted private key to ' +
    'PREFIX-key.pem, the public key to PREFIX.pem.',
  examples: async () => (await import('../../help/examples/keys.ts')).generate,
  flags: {
    output: { type: 'string', short: 'o', usage: 'Write the key pair to files with this prefix' },
    role: { type: 'string', short: 'r', default: 'root', usage: 'Role of the key' },
  },
  async run(context, { args, flags }) {
    if (args.length > 1) {
      throw new UsageError('Please provide only one Algorithm as an argument to generate (rsa, ecdsa)');
    }
    const { generateKey, generateKeyFiles, parseAlgorithm } = await import('../../../keys/generate-key.ts');
    const algorithm = parseAlgorithm(args[0]);
    if (flags.output === '-') {
      throw new NotaryError('USAGE', '-o takes the beginning of two file names, and - is none', {
        hint: 'Give a prefix such as bob, for bob-key.pem and bob.pem.',
      });
    }
    cautionOfRoleWord(flags.role, context.caution);
    const { cryptoService, retrieve } = await context.openKeys();
    if (flags.output === '') {
      const keyId = await generateKey(cryptoService, flags.role);
      context.print(terminalSafe`Generated new ${algorithm} ${flags.role} key with keyID: ${keyId}`);
      return jsonOnly({ algorithm, role: flags.role, keyId, files: null });
    }
    const [privatePath, publicPath] = [`${flags.output}-key.pem`, `${flags.output}.pem`] as const;
    if (await holdsPrivateKey(context.files, privatePath)) {
      context.caution(
        'KEY_FILE_REPLACED',
        `${privatePath} is there already: a new key in its place leaves no copy of the private key in it`,
        { file: privatePath },
      );
    }
    const files = await generateKeyFiles(retrieve, flags.role);
    await context.files.writePrivate(privatePath, files.privateKey);
    await context.files.write(publicPath, files.publicKey, privateFile);
    context.log.notice(
      `${privatePath} is the private key ${files.keyId}, encrypted: keep it, and use it with "key import ${privatePath}". ${publicPath} is its public key: hand over this one`,
      'KEY_FILES_MADE',
    );
    return jsonOnly({
      ...{ algorithm, role: flags.role, keyId: files.keyId },
      files: [privatePath, publicPath],
    });
  },
});

async function holdsPrivateKey(files: Files, path: string): Promise<boolean> {
  try {
    return Buffer.from(await files.readRegular(path)).includes('PRIVATE KEY-----');
  } catch (error) {
    // What cannot be read holds nothing that this user could lose.
    if (isNotaryError(error, 'FILE_UNREADABLE')) return false;
    throw error;
  }
}
