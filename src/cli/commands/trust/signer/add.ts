/** `trust signer add`: lets a person sign the tags of images. */

import type { PublicKey } from '../../../../crypto/keys/public-key.ts';
import { parsePem } from '../../../../encoding/pem.ts';
import { isNotaryError, NotaryError, rephrased } from '../../../../errors.ts';
import { checkSignerName } from '../../../../images/signer-name.ts';
import { eachRepository, reposFlag, repositoriesOf } from '../../../docker/each-repository.ts';
import { terminalSafe } from '../../../render/terminal-escape.ts';
import type { CommandContext } from '../../../spec/command-context.ts';
import { defineCommand } from '../../../spec/command-spec.ts';

export const trustSignerAdd = defineCommand({
  path: ['trust', 'signer', 'add'],
  extension: true,
  // The blank at the end is docker's.
  operands: 'OPTIONS NAME REPOSITORY [REPOSITORY...] ',
  surplus: 'checked',
  hideFlagsInUsage: true,
  docker: { least: 2, listFlag: 'repos' },
  short: 'Adds a signer to the repositories of images',
  long:
    'Adds the keys of a signer to targets/NAME and targets/releases, and publishes it at once: from then on the signer signs ' +
    'released tags. A repository that the server does not have is made first. Staged changes are neither published nor lost. ' +
    'When one repository fails, the others are done all the same, and the status is 1.',
  examples: async () => (await import('../../../help/examples/trust.ts')).signerAdd,
  flags: {
    key: { type: 'list', usage: "Path to the signer's public key file" },
    repos: reposFlag,
  },
  async run(context, { args: [name = '', ...named], flags }) {
    checkSignerName(name);
    const files = flags.key ?? [];
    if (files.length === 0)
      throw new NotaryError('USAGE', 'path to a public key must be provided using the `--key` flag');
    const keys: PublicKey[] = [];
    for (const file of files) keys.push(await readSignerKey(context, file));
    const repositories = await repositoriesOf(context, named, flags.repos);
    const docker = await context.openDocker();
    const { addSigner } = await import('../../../../client/images/add-signer.ts');
    return eachRepository(context, repositories, {
      signer: name,
      begin: (typed) => `Adding signer "${name}" to ${typed}...`,
      failed: 'failed to add signer to',
      async act(image) {
        const { typed } = image;
        const ports = await docker.openRepository(image, 'pull,push');
        const begun: string[] = [];
        const onCreate = () => {
          begun.push(typed);
          context.print(terminalSafe`Initializing signed repository for ${typed}...`);
        };
        const { created, keyIds } = await addSigner(ports, { name, keys, onCreate });
        // It was made on this machine before, and is published now.
        if (created && begun.length === 0) onCreate();
        if (created) context.print(terminalSafe`Successfully initialized "${typed}"`);
        context.print(terminalSafe`Successfully added signer: ${name} to ${typed}\n`);
        return { created, keyIds };
      },
    });
  },
});

/** @throws NotaryError FILE_UNREADABLE, INVALID_KEY, INVALID_CERTIFICATE; when strict the cautions of the file */
async function readSignerKey(context: CommandContext, file: string): Promise<PublicKey> {
  const { parseDelegationKey } = await import('../../../../client/stage/delegation-key-file.ts');
  const bytes = await context.files.read(file).catch((error: unknown) => {
    if (!isNotaryError(error)) throw error;
    throw rephrased(error, (message) => `unable to read public key from file: ${message}`);
  });
  const failed = `could not parse public key from file: ${file}: `;
  // Docker reads no DER.
  if (parsePem(bytes).length === 0)
    throw new NotaryError('INVALID_KEY', `${failed}no valid public key found`, { details: { file } });
  try {
    return parseDelegationKey(file, bytes, context);
  } catch (error) {
    if (!isNotaryError(error, 'INVALID_KEY', 'INVALID_CERTIFICATE')) throw error;
    const ofNotary = `unable to parse valid public key certificate from PEM file ${file}: `;
    const isCurve = error.details['algorithm'] === 'ecdsa';
    throw rephrased(
      error,
      (message) => `${failed}${isCurve ? unsupportedCurve : message.replace(ofNotary, '')}`,
    );
  }
}

const unsupportedCurve = 'unable to parse pem encoded public key: x509: unsupported elliptic curve';
