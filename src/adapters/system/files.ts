/** Reads and writes the files that the user names. */

import {
  closeSync,
  constants,
  promises as files,
  openSync,
  readFileSync,
  type Stats,
  statSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { NotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { Files } from '../../ports/files.ts';
import { fileError, tooLong } from './file-errors.ts';
import type { WriteOptions } from './write-file.ts';

const pieceLength = 256 * 1024;
const privateFile = 0o600;

/**
 * Files below a working directory.
 *
 * @param stdin reads all of standard input, up to so many bytes
 */
export function systemFiles(
  workingDirectory: string,
  stdin: (maxBytes: number) => Promise<Uint8Array>,
): Files {
  const absolute = (path: string) => (isAbsolute(path) ? resolve(path) : resolve(workingDirectory, path));
  async function* chunks(path: string): AsyncGenerator<Uint8Array> {
    const handle = await attempt('open', path, () => open(absolute(path), 'r'));
    try {
      for (;;) {
        const piece = new Uint8Array(pieceLength);
        const { bytesRead } = await attempt('read', path, () => handle.read(piece, 0, pieceLength, null));
        if (bytesRead === 0) return;
        yield piece.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }
  const read = async (path: string, maxBytes = sizeLimits.download): Promise<Uint8Array> => {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of chunks(path)) {
      length += piece.length;
      if (length > maxBytes) throw tooLong(path, maxBytes);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  };
  return {
    absolute,
    beside: (file, path) => (isAbsolute(path) ? path : join(dirname(file), path)),
    chunks,
    stdin: (maxBytes = sizeLimits.download) => stdin(maxBytes),
    read,
    async readRegular(path) {
      refuseUnusual(path, absolute(path));
      return readAtOnce(path, absolute(path));
    },
    async readSecrets(path, maxBytes) {
      const { readSecretFile } = await import('./secret-file.ts');
      return readSecretFile(path, absolute(path), maxBytes);
    },
    obstacle: (path) => obstacle(absolute(path)),
    write: (path, bytes, mode) => write(absolute(path), bytes, { shown: path, mode, guarded: false }),
    writePrivate: (path, bytes) =>
      write(absolute(path), bytes, { shown: path, mode: privateFile, guarded: true }),
  };
}

/** A link that leads nowhere has the name already. */
async function obstacle(path: string): Promise<'taken' | 'no folder' | 'unwritable' | undefined> {
  const folder = dirname(path);
  const can = (test: Promise<unknown>) =>
    test.then(
      () => true,
      () => false,
    );
  if (!(await can(files.stat(folder)))) return 'no folder';
  if (await can(files.lstat(path))) return 'taken';
  return (await can(files.access(folder, constants.W_OK | constants.X_OK))) ? undefined : 'unwritable';
}

function refuseUnusual(shown: string, path: string): void {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch {
    // Opening the file reports what is wrong with it.
    return;
  }
  if (stats.isDirectory() || (stats.isFile() && stats.size <= sizeLimits.download)) return;
  if (stats.isFile()) throw tooLong(shown, sizeLimits.download);
  throw new NotaryError('FILE_UNREADABLE', `read ${shown}: not a regular file`, { details: { file: shown } });
}

/** Waits for the disk, where nothing can block for long: Node's other way to read costs a short command much of its time. */
function readAtOnce(shown: string, path: string): Uint8Array {
  let call = 'open';
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      call = 'read';
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw fileError('FILE_UNREADABLE', call, shown, cause);
  }
}

async function attempt<Result>(call: string, path: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (cause) {
    throw fileError('FILE_UNREADABLE', call, path, cause);
  }
}

async function open(path: string, flags: string): Promise<FileHandle> {
  return files.open(path, flags);
}

/** Loaded when the first file is written: most commands write none. */
async function write(path: string, bytes: Uint8Array, options: WriteOptions): Promise<void> {
  const { writeFile } = await import('./write-file.ts');
  return writeFile(path, bytes, options);
}
