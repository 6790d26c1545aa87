/** Reads a list of images: one a line. */

import { fromUtf8 } from '../../encoding/bytes.ts';
import { asUtf8 } from '../../encoding/foreign-text.ts';
import { NotaryError } from '../../errors.ts';
import type { Files } from '../../ports/files.ts';

/**
 * The images of a file, or of standard input for `-`, as they stand there. Blank lines and lines that begin with `#` are
 * passed over.
 *
 * @throws NotaryError FILE_UNREADABLE; REPOSITORY_LIST_INVALID for a list without any, and for bytes that are no text
 */
export async function readImageList(file: string, files: Files): Promise<readonly string[]> {
  const name = file === '-' ? 'standard input' : file;
  const lines = textOf(await (file === '-' ? files.stdin() : files.read(file)), name)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length > 0) return lines;
  throw new NotaryError('REPOSITORY_LIST_INVALID', `there is no image in ${name}`, {
    details: { file: name },
  });
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return fromUtf8(asUtf8(bytes)).replace(/^\ufeff/, '');
  } catch (cause) {
    throw new NotaryError('REPOSITORY_LIST_INVALID', `${name} is not UTF-8 text`, {
      details: { file: name },
      cause,
    });
  }
}
