/** Reads files of the trust directory, and refuses everything but a regular file of sane size. */

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { NotaryError } from '../../errors.ts';
import { errorCode } from '../../go/errno.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { fileError } from '../system/file-errors.ts';

export interface ReadOptions {
  /** Whether a symbolic link may stand for the file. */
  readonly followLinks: boolean;
}

export interface ReadFile {
  readonly bytes: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

const withLinks = constants.O_RDONLY | constants.O_NONBLOCK;
const withoutLinks = withLinks | constants.O_NOFOLLOW;

/**
 * The content of a regular file, or undefined when there is none.
 *
 * A FIFO or a device is refused before it is opened, since opening alone can block or act; so is a
 * file above 100 MiB.
 *
 * @throws NotaryError FILE_UNREADABLE naming the path
 */
export function readRegularFile(path: string, options: ReadOptions): ReadFile | undefined {
  const { followLinks } = options;
  let call = 'stat';
  try {
    const before = followLinks ? statSync(path) : lstatSync(path);
    if (!followLinks && before.isSymbolicLink()) return undefined;
    refuseOthers(path, before);
    call = 'open';
    // Should another file have taken its place by now, opening must not block.
    const file = openSync(path, followLinks ? withLinks : withoutLinks);
    try {
      call = 'read';
      const opened = fstatSync(file);
      refuseOthers(path, opened);
      return { bytes: readOpened(file, opened.size), mode: opened.mode & 0o777 };
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (cause instanceof NotaryError) throw cause;
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(cause))) return undefined;
    // Go has no separate step before opening.
    throw fileError('FILE_UNREADABLE', call === 'stat' ? 'open' : call, path, cause);
  }
}

/** Longer than the change file of a target, or of a delegation with a few keys. */
const shortLength = 8192;
let short: Buffer | undefined;

/**
 * As `readRegularFile`, without links, for one of perhaps ten thousand files that a directory has just named as regular
 * ones: it is not looked at before it is opened, and one read takes all of a short one, since a shorter answer than
 * was asked for is the end of a regular file.
 *
 * @throws NotaryError FILE_UNREADABLE naming the path
 */
export function readListedFile(path: string): Uint8Array | undefined {
  short ??= Buffer.allocUnsafeSlow(shortLength);
  let file: number | undefined;
  try {
    file = openSync(path, withoutLinks);
    const length = readSync(file, short, 0, shortLength, 0);
    if (length > 0 && length < shortLength) return Buffer.from(short.subarray(0, length));
  } catch (cause) {
    // A link has taken its place; of all others the careful way below says what is wrong.
    if (errorCode(cause) === 'ELOOP') throw fileError('FILE_UNREADABLE', 'open', path, cause);
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return readRegularFile(path, { followLinks: false })?.bytes;
}

/** As Node's own, without asking for the size once more: there may be ten thousand of them. */
function readOpened(file: number, size: number): Uint8Array {
  if (size === 0) return readFileSync(file);
  const bytes = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < size) {
    const read = readSync(file, bytes, length, size - length, null);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

function refuseOthers(path: string, stats: Stats): void {
  if (stats.isDirectory()) throw refused(path, `read ${path}: is a directory`);
  if (!stats.isFile()) throw refused(path, `read ${path}: not a regular file`);
  if (stats.size > sizeLimits.download)
    throw refused(path, `read ${path}: larger than ${sizeLimits.download} bytes`);
}

function refused(path: string, message: string): NotaryError {
  return new NotaryError('FILE_UNREADABLE', message, { details: { file: path } });
}
