/** Writes files that the user names: all or nothing where the place allows it. */

import { randomUUID } from 'node:crypto';
import { constants, createWriteStream, promises as files, type Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { rephrased, sameWords } from '../../errors.ts';
import { errorCode } from '../../go/errno.ts';
import { fileError } from './file-errors.ts';

export interface WriteOptions {
  /** The path as the user named it, for messages. */
  readonly shown: string;
  readonly mode: number;
  /** The mode is that of a file that exists, too, and symbolic links are refused. */
  readonly guarded: boolean;
}

/**
 * Puts the bytes into a file beside the one named, which then takes its place: whatever happens, the
 * file holds its old content or its new one. What is no ordinary file of this user alone (a device, a
 * pipe, a link) is written in place.
 *
 * @throws NotaryError FILE_UNWRITABLE
 */
export async function writeFile(path: string, bytes: Uint8Array, options: WriteOptions): Promise<void> {
  const descriptor = await descriptorNamed(path);
  if (descriptor !== undefined) return writeToDescriptor(descriptor, bytes, options.shown);
  const there = await files.lstat(path).catch(() => undefined);
  if (there !== undefined && !isReplaceable(there)) return writeInPlace(path, bytes, options);
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  const mode = there === undefined || options.guarded ? options.mode : there.mode & 0o777;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  let handle: FileHandle;
  try {
    handle = await files.open(temporary, flags, options.mode);
  } catch (cause) {
    // A directory in which nothing can be made may hold a file that can be written.
    if (there !== undefined && isDenied(cause)) return writeInPlace(path, bytes, options);
    throw fileError('FILE_UNWRITABLE', 'open', options.shown, cause);
  }
  try {
    if (there !== undefined || options.guarded) await handle.chmod(mode);
    await handle.writeFile(bytes);
    await handle.sync();
    await handle.close();
    await files.rename(temporary, path);
  } catch (cause) {
    await handle.close().catch(() => undefined);
    await files.rm(temporary, { force: true });
    throw fileError('FILE_UNWRITABLE', 'write', options.shown, cause);
  }
}

/** How the system names the files that this process has open: `/dev/stdout`, `/dev/fd/3`, `/proc/self/fd/3`. */
const openFile = /^\/(?:dev|proc\/(?:self|thread-self))\/fd\/(\d+)$/;
const maxLinks = 40;

/**
 * The open file that a path names, through any number of links in /dev: a shell's `>(command)` is such a path. What
 * is open is written to as it is, since opening it once more would begin a file anew, and fails for a socket.
 */
async function descriptorNamed(path: string): Promise<number | undefined> {
  let at = path;
  for (let links = 0; links < maxLinks && /^\/(?:dev|proc)\//.test(at); links++) {
    const number = openFile.exec(at)?.[1];
    if (number !== undefined) return Number(number);
    const to = await files.readlink(at).catch(() => undefined);
    if (to === undefined) return undefined;
    at = resolve(dirname(at), to);
  }
  return undefined;
}

async function writeToDescriptor(descriptor: number, bytes: Uint8Array, shown: string): Promise<void> {
  try {
    // The stream tries again where a pipe is full and must not be waited for.
    const stream = createWriteStream('', { fd: descriptor, autoClose: false });
    await new Promise<void>((done, failed) => {
      stream.once('error', failed);
      stream.end(bytes, () => done());
    });
  } catch (cause) {
    throw fileError('FILE_UNWRITABLE', 'write', shown, cause);
  }
}

/** An ordinary file of this user, under no other name. */
function isReplaceable(there: Stats): boolean {
  return there.isFile() && there.nlink === 1 && there.uid === process.getuid?.();
}

function isDenied(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error));
}

async function writeInPlace(
  path: string,
  bytes: Uint8Array,
  { shown, mode, guarded }: WriteOptions,
): Promise<void> {
  const links = guarded ? constants.O_NOFOLLOW : 0;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | links;
  let handle: FileHandle | undefined;
  try {
    handle = await files.open(path, flags, mode);
    // A pipe or a device keeps its mode: it belongs to others as well.
    if (guarded && (await handle.stat()).isFile()) await handle.chmod(mode);
    await handle.writeFile(bytes);
  } catch (cause) {
    const hint =
      errorCode(cause) === 'ELOOP' && guarded
        ? `${shown} is a symbolic link, and private keys are not written through one. Name the file itself.`
        : undefined;
    const error = fileError('FILE_UNWRITABLE', handle === undefined ? 'open' : 'write', shown, cause);
    throw hint === undefined ? error : rephrased(error, sameWords, { hint });
  } finally {
    await handle?.close();
  }
}
