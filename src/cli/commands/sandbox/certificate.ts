/** `sandbox certificate`: makes a key and a certificate for a collaborator who is to sign a delegation. */

import { trimEndOf } from '../../../encoding/trim.ts';
import { isNotaryError, NotaryError } from '../../../errors.ts';
import type { Files } from '../../../ports/files.ts';
import { UsageError } from '../../args/usage-error.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

const everyone = 0o644;

export const sandboxCertificate = defineCommand({
  path: ['sandbox', 'certificate'],
  operands: '<name>',
  surplus: 'refused',
  short: 'Makes a key and a certificate for a test delegation',
  long:
    'Makes an ECDSA key in NAME.key and a certificate for it in NAME.crt, valid for a year, as openssl ' +
    'would: the key for "key import", the certificate for "delegation add". The key has no passphrase until ' +
    'it is imported. Existing files are not overwritten.',
  examples: async () => (await import('../../help/examples/sandbox.ts')).certificate,
  flags: {
    output: { type: 'string', short: 'o', usage: 'Directory for the files instead of the current one' },
  },
  async run(context, { args, flags }) {
    const [name, ...others] = args;
    if (name === undefined || others.length > 0) throw new UsageError('Must specify one name');
    if (!/^[^/\0]+$/.test(name)) {
      throw new NotaryError('USAGE', `not a name for files: ${JSON.stringify(name)}`, {
        hint: 'Give a name without slashes, such as alice; -o names the directory.',
      });
    }
    const { makeSignerFiles } = await import('../../../keys/delegation-key-pair.ts');
    const { clock, random, files } = context;
    const made = makeSignerFiles(name, clock.now(), random);
    const folder = flags.output === '' ? '' : `${trimEndOf(flags.output, '/')}/`;
    const [key, certificate] = [`${folder}${name}.key`, `${folder}${name}.crt`];
    for (const path of [key, certificate]) await refuseExisting(files, path);
    await files.writePrivate(key, made.privateKey);
    await files.write(certificate, made.certificate, everyone);
    context.print(
      terminalSafe`Made the key ${key} and the certificate ${certificate}, key ID ${made.keyId}.`,
    );
    return jsonOnly({ certificate, key, keyId: made.keyId });
  },
});

/** @throws NotaryError KEY_EXISTS */
async function refuseExisting(files: Files, path: string): Promise<void> {
  try {
    await files.readRegular(path);
  } catch (error) {
    if (isNotaryError(error, 'FILE_UNREADABLE') && error.details.missing === true) return;
    throw error;
  }
  throw new NotaryError('KEY_EXISTS', `${path} exists already`, {
    details: { file: path },
    hint: 'Choose another name, or another directory with -o.',
  });
}
