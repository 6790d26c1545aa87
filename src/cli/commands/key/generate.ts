/** `key generate`: makes a key. */

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
    const { cryptoService, retrieve } = await context.openKeys();
    if (flags.output === '') {
      const keyId = await generateKey(cryptoService, flags.role);
      context.print(terminalSafe`Generated new ${algorithm} ${flags.role} key with keyID: ${keyId}`);
      return jsonOnly({ algorithm, role: flags.role, keyId, files: null });
    }
    const files = await generateKeyFiles(retrieve, flags.role);
    await context.files.writePrivate(`${flags.output}-key.pem`, files.privateKey);
    await context.files.write(`${flags.output}.pem`, files.publicKey, privateFile);
    return jsonOnly({
      ...{ algorithm, role: flags.role, keyId: files.keyId },
      files: [`${flags.output}-key.pem`, `${flags.output}.pem`],
    });
  },
});
