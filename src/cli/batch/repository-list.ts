/** Reads a list of repositories: one GUN a line. */

import { fromUtf8 } from '../../encoding/bytes.ts';
import { asUtf8 } from '../../encoding/foreign-text.ts';
import { isNotaryError, NotaryError, rephrased } from '../../errors.ts';
import { type Gun, parseGun } from '../../metadata/gun.ts';
import type { Files } from '../../ports/files.ts';

/**
 * The GUNs of a file, or of standard input for `-`, in its order. Blank lines and lines that begin with
 * `#` are passed over; blanks around a GUN and the carriage returns of other systems do not count.
 *
 * @throws NotaryError FILE_UNREADABLE; INVALID_GUN naming the line; REPOSITORY_LIST_INVALID for a GUN that
 * stands there twice, naming both lines, for a list without any, and for bytes that are no text
 */
export async function readRepositoryList(file: string, files: Files): Promise<readonly Gun[]> {
  const name = file === '-' ? 'standard input' : file;
  const lines = new Map<Gun, number>();
  const text = decoded(await (file === '-' ? files.stdin() : files.read(file)), name);
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const number = index + 1;
    const gun = gunOf(line, name, number);
    const earlier = lines.get(gun);
    if (earlier !== undefined) {
      throw listInvalid(`${gun} is in ${name} twice: lines ${earlier} and ${number}`, name);
    }
    lines.set(gun, number);
  }
  if (lines.size === 0) throw listInvalid(`there is no GUN in ${name}`, name);
  return [...lines.keys()];
}

function decoded(bytes: Uint8Array, name: string): string {
  try {
    return fromUtf8(asUtf8(bytes)).replace(/^\ufeff/, '');
  } catch (cause) {
    throw listInvalid(`${name} is not UTF-8 text`, name, cause);
  }
}

function gunOf(text: string, name: string, line: number): Gun {
  try {
    return parseGun(text);
  } catch (cause) {
    if (!isNotaryError(cause)) throw cause;
    throw rephrased(cause, (message) => `line ${line} of ${name}: ${message}`, {
      details: { file: name, line },
    });
  }
}

function listInvalid(message: string, file: string, cause?: unknown): NotaryError {
  return new NotaryError('REPOSITORY_LIST_INVALID', message, { details: { file }, cause });
}
