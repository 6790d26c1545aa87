/** `trust push`: pushes an image and signs what the registry has then, as docker push with content trust does. */

import { NotaryError } from '../../../errors.ts';
import { parseReference } from '../../../images/reference.ts';
import { orLatest } from '../../docker/default-tag.ts';
import { engineFlags, engineWork } from '../../docker/engine-flags.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

export const trustPush = defineCommand({
  path: ['trust', 'push'],
  extension: true,
  operands: '[OPTIONS] IMAGE[:TAG]',
  surplus: 'checked',
  hideFlagsInUsage: true,
  docker: { least: 1, exact: true },
  short: 'Pushes an image and signs it',
  long:
    'Has the engine push the image, looks what the registry has under the tag then, and signs that with the keys of yours ' +
    'that may sign it. Without a tag it takes latest. A repository that the trust server does not have is made first, without ' +
    'signers: its own key signs. This is what docker push does with content trust, which docker 29 does not have any more.',
  examples: async () => (await import('../../help/examples/trust.ts')).push,
  flags: engineFlags,
  async run(context, { args, flags }) {
    const work = engineWork(context, 'push', flags);
    const image = orLatest(work.context, parseReference(args[0] ?? ''));
    if (image.digest !== undefined)
      throw new NotaryError('IMAGE_NAME_INVALID', 'cannot push a digest reference', {
        details: { image: image.typed },
      });
    const docker = await context.openDocker();
    const ports = await docker.openRepository(image, 'pull,push');
    const { signImage } = await import('../../docker/sign-image.ts');
    const { platform } = work;
    const wanted = { local: true, yes: false, fromRegistry: false, pushed: true, platform } as const;
    const signer = () => Promise.resolve(undefined);
    const signed = await signImage(work.context, { image, docker, ports, wanted, signer });
    if (flags.quiet) context.print(`${image.gun}:${image.tag}`);
    return jsonOnly({ ...signed });
  },
});
