/** Does one thing to the images of a list, in order, and goes on after failures. */

import type { JsonData } from '../../encoding/to-plain-json.ts';
import { isNotaryError, rephrased } from '../../errors.ts';
import type { ImageReference } from '../../images/reference.ts';
import type { CommandContext } from '../spec/command-context.ts';
import type { Shown } from '../spec/command-spec.ts';
import { readImageList } from './image-list.ts';
import { failureJson, type Outcome, oneAfterAnother } from './one-after-another.ts';

/** The flag for a list of images in place of the one of the command line. */
export const imagesFlag = {
  type: 'string',
  extension: true,
  usage: 'File of images, one a line, in place of the argument; - for standard input',
} as const;

export interface ImageWork<Image> {
  /** Does it, and says so. @returns what `--json` says of it */
  readonly act: (image: Image) => Promise<Readonly<Record<string, JsonData>>>;
  /** What opens the last line, which names the images that have failed. */
  readonly failed: string;
}

/**
 * The images of a list. All of them are read before anything is done.
 *
 * @throws NotaryError every code of `parse`, with the line that it is about; those of `readImageList`
 */
export async function imagesOf<Image>(
  { files }: Pick<CommandContext, 'files'>,
  file: string,
  parse: (typed: string) => Image,
): Promise<readonly Image[]> {
  return (await readImageList(file, files)).map((typed) => {
    try {
      return parse(typed);
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      throw rephrased(error, (message) => (message.includes(typed) ? message : `${typed}: ${message}`));
    }
  });
}

/** For programs it gives a line for each image. */
export async function eachImage<Image extends ImageReference>(
  context: CommandContext,
  images: readonly Image[],
  { act, failed }: ImageWork<Image>,
): Promise<Shown> {
  const outcomes = await oneAfterAnother(context, images, { typedOf: ({ typed }) => typed, act, failed });
  return {
    text: () => '',
    json: () => undefined,
    jsonLines: () => outcomes.map(lineOf),
    ...(outcomes.some(({ error }) => error !== undefined) && { status: 1 }),
  };
}

function lineOf<Image extends ImageReference>({ item, done, error }: Outcome<Image>): JsonData {
  return error === undefined ? done : { image: item.typed, gun: item.gun, error: failureJson(error) };
}
