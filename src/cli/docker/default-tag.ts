/** Gives images without a tag the tag that docker takes then. */

import type { ImageReference } from '../../images/reference.ts';
import type { CommandContext } from '../spec/command-context.ts';
import type { TaggedReference } from './image-to-sign.ts';

export const defaultTag = 'latest';

/** The image with a tag; that it was added is said, as docker does. */
export function orLatest(context: Pick<CommandContext, 'print'>, image: ImageReference): TaggedReference {
  const { tag, digest, typed } = image;
  if (tag !== undefined) return { ...image, tag };
  if (digest !== undefined) return { ...image, tag: defaultTag };
  context.print(`Using default tag: ${defaultTag}`);
  return { ...image, tag: defaultTag, typed: `${typed}:${defaultTag}` };
}
