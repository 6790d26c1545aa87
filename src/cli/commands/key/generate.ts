/** `key generate`: makes a key. */

import { isNotaryError, NotaryError } from '../../../errors.ts';
import { cautionOfRoleWord } from '../../../keys/role-word.ts';
import type { Files } from '../../../ports/files.ts';
import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import type { CommandContext } from '../../spec/command-context.ts';
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
      throw new NotaryError('USAGE', '-o takes the prefix of two file names, and - is none', {
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
    await cautionOfReplaced(context, privatePath, publicPath);
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

/** Notary 0.7.0 overwrites both. @throws NotaryError KEY_FILE_REPLACED when strict, before anything is made */
async function cautionOfReplaced(
  { files, caution }: CommandContext,
  privatePath: string,
  publicPath: string,
): Promise<void> {
  const kept = 'nothing was made; give another prefix';
  if (await holds(files, privatePath, 'PRIVATE KEY-----')) {
    const there = `${privatePath} is there already`;
    caution(
      'KEY_FILE_REPLACED',
      `${there}: a new key in its place leaves no copy of the private key in it`,
      { file: privatePath },
      `${there}, and a new key in its place would leave no copy of the private key in it; ${kept}`,
    );
  }
  if (await holds(files, publicPath, '-----BEGIN ')) {
    const there = `${publicPath} is there already`;
    caution(
      'KEY_FILE_REPLACED',
      `${there}: the public key that is made now takes its place`,
      { file: publicPath },
      `${there}, and the new public key would take its place; ${kept}`,
    );
  }
}

/** True when a file has the text in it. */
async function holds(files: Files, path: string, text: string): Promise<boolean> {
  try {
    return Buffer.from(await files.readRegular(path)).includes(text);
  } catch (error) {
    // What cannot be read holds nothing that this user could lose.
    if (isNotaryError(error, 'FILE_UNREADABLE')) return false;
    throw error;
  }
}
