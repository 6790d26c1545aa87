/** `trust revoke`: takes back the signatures of a tag, or of all released tags of an image. */

import { isNotaryError, NotaryError, rephrased } from '../../../errors.ts';
import { type ImageReference, parseReference } from '../../../images/reference.ts';
import { agreed } from '../../docker/question.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

export const trustRevoke = defineCommand({
  path: ['trust', 'revoke'],
  extension: true,
  operands: '[OPTIONS] IMAGE[:TAG]',
  surplus: 'checked',
  hideFlagsInUsage: true,
  docker: { least: 1, exact: true },
  short: 'Revokes the signatures of a tag, or of all tags of an image',
  long:
    'Removes a tag from every role that your keys may sign, so that it is not released any more, and publishes that; without ' +
    'a tag it removes all released tags, after a question. A tag that would stay released, because a key is not here, is an ' +
    'error and nothing is removed. The repository, its keys and its signers stay.',
  examples: async () => (await import('../../help/examples/trust.ts')).revoke,
  flags: {
    yes: { type: 'bool', short: 'y', usage: 'Revoke all tags without asking' },
  },
  async run(context, { args, flags }) {
    const image = parseReference(args[0] ?? '');
    if (image.digest !== undefined)
      throw new NotaryError('IMAGE_NAME_INVALID', 'cannot use a digest reference for IMAGE:TAG', {
        details: { image: image.typed },
      });
    const question = `Confirm you would like to delete all signature data for ${image.typed}?`;
    if (image.tag === undefined && !flags.yes && !(await agreed(context, question, '-y (--yes)')))
      return jsonOnly({ image: image.typed, gun: image.gun, tags: [], roles: [] });
    const docker = await context.openDocker();
    const ports = await docker.openRepository(image, 'pull,push');
    const { revokeTags } = await import('../../../client/images/revoke-tags.ts');
    const { tags, roles } = await revokeTags(ports, image.tag).catch((error: unknown) => {
      throw revokingError(error, image);
    });
    context.print(`Successfully deleted signature for ${image.typed}`);
    return jsonOnly({ image: image.typed, gun: image.gun, tags, roles });
  },
});

/** What the server or the way to it refuses has no words before it in docker. */
function revokingError(error: unknown, { typed }: ImageReference): unknown {
  if (!isNotaryError(error) || isNotaryError(error, 'OFFLINE', 'NETWORK', 'UNAUTHORIZED', 'ROOT_VALIDATION'))
    return error;
  return rephrased(error, (message) => `could not remove signature for ${typed}: ${message}`);
}
