/** `trust pull`: pulls the image that is signed for a tag, as docker pull with content trust does. */

import { NotaryError } from '../../../errors.ts';
import { familiarName, parseReference } from '../../../images/reference.ts';
import { orLatest } from '../../docker/default-tag.ts';
import { engineFlags, engineWork } from '../../docker/engine-flags.ts';
import { defineCommand, jsonOnly } from '../../spec/command-spec.ts';

export const trustPull = defineCommand({
  path: ['trust', 'pull'],
  extension: true,
  operands: '[OPTIONS] IMAGE[:TAG]',
  surplus: 'checked',
  hideFlagsInUsage: true,
  docker: { least: 1, exact: true },
  short: 'Pulls the image that is signed for a tag',
  long:
    'Looks the tag up in targets/releases and then in targets, has the engine pull the digest that is signed, and tags it. ' +
    'Without a tag it takes latest. Where the trust server cannot be asked, nothing is pulled, whatever was seen earlier. This ' +
    'is what docker pull does with content trust, which docker 29 does not have any more.',
  examples: async () => (await import('../../help/examples/trust.ts')).pull,
  flags: engineFlags,
  async run(given, { args, flags }) {
    const { context, platform } = engineWork(given, 'pull', flags);
    const image = orLatest(context, parseReference(args[0] ?? ''));
    if (image.digest !== undefined)
      throw new NotaryError('IMAGE_NAME_INVALID', `${image.typed} has a digest`, {
        details: { image: image.typed },
        hint: 'What is named by its digest needs no signature to be pulled: use docker pull.',
      });
    const docker = await context.openDocker();
    const { resolveTag, updateFromServer } = await import('../../../client/images/resolve-tag.ts');
    const { worded } = await import('../../../client/images/server-errors.ts');
    const loaded = await updateFromServer(await docker.openRepository(image, 'pull')).catch(
      (error: unknown) => {
        throw worded(error, image.gun);
      },
    );
    const { digest: hex, role } = resolveTag(loaded, image.gun, image.tag);
    const digest = `sha256:${hex}`;
    const name = familiarName(image);
    context.print(`Pull (1 of 1): ${name}:${image.tag}@${digest}`);
    const engine = await docker.openEngine();
    await engine.pull(image, digest, (line) => context.print(line), platform);
    context.printError(`Tagging ${name}@${digest} as ${name}:${image.tag}`);
    await engine.tag(`${name}@${digest}`, image, image.tag);
    given.print(`${image.gun}:${image.tag}`);
    return jsonOnly({ image: image.typed, gun: image.gun, tag: image.tag, digest, role });
  },
});
