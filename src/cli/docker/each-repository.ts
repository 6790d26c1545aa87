/** Does one thing to several repositories of images, in order, and goes on after failures (docker CLI 28.2.2). */

import type { JsonData } from '../../encoding/to-plain-json.ts';
import { isNotaryError, type NotaryError } from '../../errors.ts';
import { type ImageReference, parseReference } from '../../images/reference.ts';
import { escapeForTerminal, terminalSafe } from '../render/terminal-escape.ts';
import type { CommandContext } from '../spec/command-context.ts';
import type { Shown } from '../spec/command-spec.ts';
import { readImageList } from './image-list.ts';

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

interface Failure {
  readonly typed: string;
  readonly error: NotaryError;
}

/** The repositories of the command line, then those of the file. @throws NotaryError as `readImageList` does */
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
  const done: Readonly<Record<string, JsonData>>[] = [];
  const failures: Failure[] = [];
  for (const typed of repositories) {
    context.print(escapeForTerminal(begin(typed)));
    try {
      const image = parseReference(typed);
      done.push({ repository: typed, gun: image.gun, ...(await act(image)) });
    } catch (error) {
      if (!isNotaryError(error) || error.code === 'INTERRUPTED') throw error;
      failures.push({ typed, error });
      context.printError(`${escapeForTerminal(error.message)}\n`);
      if (error.hint !== undefined && !context.forProgram) context.log.error(error.hint, error.code);
    }
  }
  if (failures.length > 0)
    context.printError(terminalSafe`${failed}: ${failures.map(({ typed }) => typed).join(', ')}`);
  return {
    text: () => '',
    json: () => ({ signer, repositories: done, failures: failures.map(failureJson) }),
    ...(failures.length > 0 && { status: 1 }),
  };
}

function failureJson({ typed, error: { code, message, details, hint } }: Failure): JsonData {
  return { repository: typed, error: { code, message, details, ...(hint !== undefined && { hint }) } };
}
