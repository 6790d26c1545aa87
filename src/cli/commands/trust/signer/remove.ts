/** `trust signer remove`: takes from a person the right to sign the tags of images. */

import { NotaryError } from '../../../../errors.ts';
import { eachRepository, reposFlag, repositoriesOf } from '../../../docker/each-repository.ts';
import { agreed } from '../../../docker/question.ts';
import { terminalSafe } from '../../../render/terminal-escape.ts';
import { defineCommand } from '../../../spec/command-spec.ts';

export const trustSignerRemove = defineCommand({
  path: ['trust', 'signer', 'remove'],
  extension: true,
  operands: '[OPTIONS] NAME REPOSITORY [REPOSITORY...]',
  surplus: 'checked',
  hideFlagsInUsage: true,
  docker: { least: 2, listFlag: 'repos' },
  short: 'Removes a signer from the repositories of images',
  long:
    'Takes the keys of a signer out of targets/releases, unless another signer has them, deletes targets/NAME, publishes it at ' +
    'once, and looks at what the server serves then. It asks before the signer is removed who has signed the released tags ' +
    'last, since docker cannot pull them until another signer signs them again. Staged changes are neither published nor lost. ' +
    'When one repository fails, the others are done all the same, and the status is 1.',
  examples: async () => (await import('../../../help/examples/trust.ts')).signerRemove,
  flags: {
    force: {
      type: 'bool',
      short: 'f',
      usage: 'Do not prompt for confirmation before removing the most recent signer',
    },
    repos: reposFlag,
  },
  async run(context, { args: [name = '', ...named], flags }) {
    const repositories = await repositoriesOf(context, named, flags.repos);
    const docker = await context.openDocker();
    const { removeSigner } = await import('../../../../client/images/remove-signer.ts');
    return eachRepository(context, repositories, {
      signer: name,
      begin: (typed) => `Removing signer "${name}" from ${typed}...`,
      failed: 'error removing signer from',
      async act(image) {
        const { typed } = image;
        if (name === 'releases')
          throw new NotaryError(
            'SIGNER_NAME_INVALID',
            'releases is a reserved keyword and cannot be removed',
            {
              details: { name },
            },
          );
        const ports = await docker.openRepository(image, 'pull,push');
        const question = terminalSafe`The signer "${name}" signed the last released version of ${typed}. Removing this signer will make ${typed} unpullable. Are you sure you want to continue?`;
        const agree = () => (flags.force ? Promise.resolve(true) : agreed(context, question, '-f'));
        const removed = await removeSigner(ports, { name, typed, agree });
        if (removed === undefined) return { removed: false };
        context.print(terminalSafe`Successfully removed ${name} from ${typed}\n`);
        return { removed: true, keyIds: removed.keyIds, lost: removed.lost };
      },
    });
  },
});
