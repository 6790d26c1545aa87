/** `trust resolve`: prints the digests that are signed for tags, for those who deploy by digest. */

import { inParallel } from '../../../client/fetch/concurrency.ts';
import { isNotaryError, NotaryError } from '../../../errors.ts';
import { type ImageReference, parseReference } from '../../../images/reference.ts';
import { defaultTag } from '../../docker/default-tag.ts';
import { readImageList } from '../../docker/image-list.ts';
import { type ResolvedImage, resolvedJson, resolvedLines } from '../../render/resolved-images.ts';
import { terminalSafe } from '../../render/terminal-escape.ts';
import type { CommandContext } from '../../spec/command-context.ts';
import { defineCommand } from '../../spec/command-spec.ts';
import { archiveFlag } from '../with/reading.ts';
import { openImage } from '../with/reading-images.ts';

/** Repositories that are looked at at a time. */
const jobs = 8;

export const trustResolve = defineCommand({
  path: ['trust', 'resolve'],
  extension: true,
  operands: '[IMAGE[:TAG]...]',
  surplus: 'checked',
  docker: { least: 0 },
  short: 'Prints the digests that are signed for tags',
  long:
    'Prints NAME@sha256:DIGEST for each image, as it is signed in targets/releases or else in targets, in the order of the ' +
    'arguments and then of the file. Without a tag it looks for latest. When one image is not signed, or the server cannot ' +
    'be asked, nothing is printed and the status is 1: what was seen earlier counts for nothing. An image that is given with ' +
    'tag and digest must be signed with this digest.',
  examples: async () => (await import('../../help/examples/trust.ts')).resolve,
  flags: {
    archive: archiveFlag,
    file: { type: 'string', usage: 'File of images, one a line; - for standard input' },
  },
  async run(context, { args, flags }) {
    const listed = flags.file === '' ? [] : await readImageList(flags.file, context.files);
    const images = [...args, ...listed].map(parseReference);
    if (images.length === 0)
      throw new NotaryError('USAGE', 'no image was named', {
        hint: 'Give images as arguments, or a list of them with --file.',
      });
    const results = await resolveAll(context, images, flags.archive);
    for (const { image, error } of results) {
      if (error === undefined) continue;
      context.printError(terminalSafe`${image.typed}: ${error.message}`);
      if (error.hint !== undefined) context.log.error(error.hint, error.code);
    }
    return {
      text: () => resolvedLines(results),
      json: () => undefined,
      jsonLines: () => resolvedJson(results),
      status: results.some(({ error }) => error !== undefined) ? 1 : 0,
    };
  },
});

/** Each repository is looked at once, whatever number of its tags is wanted. */
async function resolveAll(
  context: CommandContext,
  images: readonly ImageReference[],
  archive: string,
): Promise<readonly ResolvedImage[]> {
  const docker = await context.openDocker();
  const { resolveTag, updateFromServer } = await import('../../../client/images/resolve-tag.ts');
  const repositories = byRepository(images);
  const results: ResolvedImage[] = [];
  const failed = (error: unknown): NotaryError => {
    if (isNotaryError(error)) return error;
    throw error;
  };
  const look = async (index: number): Promise<void> => {
    const wanted = repositories[index] ?? [];
    const first = wanted[0]?.image;
    if (first === undefined) return;
    const loaded = await openImage(context, docker, first, archive).then(updateFromServer).catch(failed);
    for (const { at, image } of wanted) {
      if (loaded instanceof NotaryError) {
        results[at] = { image, error: loaded };
        continue;
      }
      try {
        const tag = wantedTag(image);
        results[at] = { image, tag, resolved: checked(image, resolveTag(loaded, image.gun, tag)) };
      } catch (error) {
        results[at] = { image, error: failed(error) };
      }
    }
  };
  await inParallel(repositories.length, jobs, look, () => Promise.resolve());
  context.log.debug(`looked at ${repositories.length} repositories`);
  return results;
}

interface WantedImage {
  /** Its place among all. */
  readonly at: number;
  readonly image: ImageReference;
}

function byRepository(images: readonly ImageReference[]): readonly (readonly WantedImage[])[] {
  const found = new Map<string, WantedImage[]>();
  for (const [at, image] of images.entries()) {
    const wanted = found.get(image.gun) ?? [];
    wanted.push({ at, image });
    found.set(image.gun, wanted);
  }
  return [...found.values()];
}

/** @throws NotaryError IMAGE_NAME_INVALID for a digest without a tag: no signature is for it */
function wantedTag({ typed, tag, digest }: ImageReference): string {
  if (tag !== undefined || digest === undefined) return tag ?? defaultTag;
  throw new NotaryError('IMAGE_NAME_INVALID', `${typed} has a digest and no tag`, {
    details: { image: typed },
    hint: 'What is named by its digest needs no look. Give the tag as well, and it is checked that this digest is signed for it.',
  });
}

/** @throws NotaryError DIGEST_CHANGED */
function checked<Resolved extends { readonly digest: string }>(
  { tag, digest, gun }: ImageReference,
  resolved: Resolved,
): Resolved {
  if (digest === undefined || digest === `sha256:${resolved.digest}`) return resolved;
  throw new NotaryError(
    'DIGEST_CHANGED',
    `another digest is signed for ${tag ?? defaultTag}: sha256:${resolved.digest}`,
    {
      details: { gun, target: tag ?? defaultTag, digest, signed: `sha256:${resolved.digest}` },
    },
  );
}
