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

/**
 * A file is overwritten where it lies and cut to its new length at the end, so that a full disk leaves the room which
 * the old content had: that is written back then. Nothing is touched before it is known that the mode can be set.
 */
async function writeInPlace(
  path: string,
  bytes: Uint8Array,
  { shown, mode, guarded }: WriteOptions,
): Promise<void> {
  const flags = constants.O_CREAT | (guarded ? constants.O_NOFOLLOW : 0);
  let handle: FileHandle | undefined;
  try {
    handle = await openToWrite(path, flags, mode);
    const there = await handle.stat();
    if (!there.isFile()) {
      // A pipe or a device keeps its mode: it belongs to others as well.
      await handle.writeFile(bytes);
      return;
    }
    if (guarded && (there.mode & 0o777) !== mode) await handle.chmod(mode);
    await overwrite(handle, bytes, there.size);
  } catch (cause) {
    const error = fileError('FILE_UNWRITABLE', handle === undefined ? 'open' : 'write', shown, cause);
    const hint = guarded ? whyRefused(shown, errorCode(cause)) : undefined;
    throw hint === undefined ? error : rephrased(error, sameWords, { hint });
  } finally {
    await handle?.close();
  }
}

/** For reading as well, where that is allowed: what is there may have to be written back. */
async function openToWrite(path: string, flags: number, mode: number): Promise<FileHandle> {
  const there = await files.stat(path).catch(() => undefined);
  if (there?.isFile() === true) {
    const both = await files.open(path, constants.O_RDWR | flags, mode).catch(() => undefined);
    if (both !== undefined) return both;
  }
  return files.open(path, constants.O_WRONLY | flags, mode);
}

/** What is larger than that is not kept in memory. */
const maxKept = 64 * 1024 * 1024;

async function overwrite(handle: FileHandle, bytes: Uint8Array, size: number): Promise<void> {
  const old = Buffer.alloc(Math.min(size, maxKept));
  const kept =
    size === 0 ? { bytesRead: 0 } : await handle.read(old, 0, old.length, 0).catch(() => undefined);
  try {
    await writeAll(handle, bytes);
    await handle.truncate(bytes.length);
    await handle.sync();
  } catch (cause) {
    if (kept?.bytesRead === size) {
      await writeAll(handle, old);
      await handle.truncate(size);
    }
    throw cause;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await handle.write(bytes, done, bytes.length - done, done)).bytesWritten;
}

function whyRefused(shown: string, code: string): string | undefined {
  if (code === 'ELOOP')
    return `${shown} is a symbolic link, and private keys are not written through one. Name the file itself.`;
  if (code === 'EPERM')
    return `${shown} belongs to another user, who could open it to others; it stays as it was. Name a file of your own.`;
  return undefined;
}
