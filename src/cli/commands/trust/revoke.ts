/** `trust revoke`: takes back the signatures of a tag, or of all released tags of an image. */

import { isNotaryError, NotaryError, rephrased } from '../../../errors.ts';
import { type ImageReference, parseReference } from '../../../images/reference.ts';
import { eachImage, imagesFlag, imagesOf } from '../../docker/each-image.ts';
import { agreed } from '../../docker/question.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

export const trustRevoke = defineCommand({
  path: ['trust', 'revoke'],
  extension: true,
  operands: '[OPTIONS] IMAGE[:TAG]',
  surplus: 'checked',
  hideFlagsInUsage: true,
  docker: { least: 1, exact: true, listFlag: 'repos' },
  short: 'Revokes the signatures of a tag, or of all tags of an image',
  long:
    'Removes a tag from every role that your keys may sign, so that it is not released any more, and publishes that; without ' +
    'a tag it removes all released tags, after a question. A tag that would stay released, because a key is not here, is an ' +
    'error and nothing is removed. The repository, its keys and its signers stay. When one image of a list fails, the others ' +
    'are done all the same, and the status is 1.',
  examples: async () => (await import('../../help/examples/trust.ts')).revoke,
  flags: {
    repos: imagesFlag,
    yes: { type: 'bool', short: 'y', usage: 'Revoke all tags without asking' },
  },
  async run(context, { args, flags }) {
    const act = (image: ImageReference) => revoke(context, image, flags.yes);
    if (flags.repos === '') return jsonOnly(await act(withoutDigest(args[0] ?? '')));
    const images = await imagesOf(context, flags.repos, withoutDigest);
    return eachImage(context, images, { act, failed: 'could not revoke' });
  },
});

/** @throws NotaryError IMAGE_NAME_INVALID */
function withoutDigest(typed: string): ImageReference {
  const image = parseReference(typed);
  if (image.digest === undefined) return image;
  throw new NotaryError('IMAGE_NAME_INVALID', 'cannot use a digest reference for IMAGE:TAG', {
    details: { image: typed },
  });
}

/** @throws NotaryError every code of `agreed`, `openRepository` and `revokeTags` */
async function revoke(context: CommandContext, image: ImageReference, yes: boolean) {
  const { typed, gun, tag } = image;
  const question = `Confirm you would like to delete all signature data for ${typed}?`;
  if (tag === undefined && !yes && !(await agreed(context, question, '-y (--yes)')))
    return { image: typed, gun, tags: [], roles: [] };
  const docker = await context.openDocker();
  const ports = await docker.openRepository(image, 'pull,push');
  const { revokeTags } = await import('../../../client/images/revoke-tags.ts');
  const { tags, roles } = await revokeTags(ports, tag).catch((error: unknown) => {
    throw revokingError(error, image);
  });
  context.print(`Successfully deleted signature for ${typed}`);
  return { image: typed, gun, tags, roles };
}

/** What the server or the way to it refuses has no words before it in docker. */
function revokingError(error: unknown, { typed }: ImageReference): unknown {
  if (!isNotaryError(error) || isNotaryError(error, 'OFFLINE', 'NETWORK', 'UNAUTHORIZED', 'ROOT_VALIDATION'))
    return error;
  return rephrased(error, (message) => `could not remove signature for ${typed}: ${message}`);
}
