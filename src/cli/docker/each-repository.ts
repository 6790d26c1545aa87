/** Does one thing for a signer in several repositories of images, in order, and goes on after failures (docker CLI 28.2.2). */

import type { JsonData } from '../../encoding/to-plain-json.ts';
import { type ImageReference, parseReference } from '../../images/reference.ts';
import { escapeForTerminal } from '../render/terminal-escape.ts';
import type { CommandContext } from '../spec/command-context.ts';
import type { Shown } from '../spec/command-spec.ts';
import { readImageList } from './image-list.ts';
import { failureJson, oneAfterAnother } from './one-after-another.ts';

/** The flag for a list of repositories, in place of those on the command line or besides them. */
export const reposFlag = {
  type: 'string',
  extension: true,
  usage: 'File of more repositories, one a line; - for standard input',
} as const;

export interface RepositoryWork {
  readonly signer: string;
  /** The first line for a repository. */
  readonly begin: (typed: string) => string;
  /** Does it, and says so. @returns what `--json` says of it */
  readonly act: (image: ImageReference) => Promise<Readonly<Record<string, JsonData>>>;
  /** What opens the last line, which names the repositories that have failed. */
  readonly failed: string;
}

/** The repositories or images of the command line, then those of the file. @throws NotaryError as `readImageList` does */
export async function repositoriesOf(
  { files }: Pick<CommandContext, 'files'>,
  named: readonly string[],
  file: string,
): Promise<readonly string[]> {
  return file === '' ? named : [...named, ...(await readImageList(file, files))];
}

/** Names are shown as they were typed. */
export async function eachRepository(
  context: CommandContext,
  repositories: readonly string[],
  { signer, begin, act, failed }: RepositoryWork,
): Promise<Shown> {
  const outcomes = await oneAfterAnother(context, repositories, {
    typedOf: (typed) => typed,
    act: async (typed) => {
      context.print(escapeForTerminal(begin(typed)));
      const image = parseReference(typed);
      return { repository: typed, gun: image.gun, ...(await act(image)) };
    },
    failed,
  });
  const done = outcomes.flatMap((one) => one.done ?? []);
  const failures = outcomes.flatMap(({ item, error }) =>
    error === undefined ? [] : [{ repository: item, error: failureJson(error) }],
  );
  return {
    text: () => '',
    json: () => ({ signer, repositories: done, failures }),
    ...(failures.length > 0 && { status: 1 }),
  };
}
