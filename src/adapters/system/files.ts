/** Files that the user names, read and written as they are. */

import { type FileHandle, open } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { type Files } from '../../ports.ts';
import { fileError } from './file-errors.ts';

const pieceLength = 256 * 1024;

/**
 * Files below a working directory.
 *
 * @param stdin reads all of standard input.
 */
export function systemFiles(workingDirectory: string, stdin: () => Promise<Uint8Array>): Files {
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
  return {
    absolute,
    chunks,
    stdin,
    async read(path) {
      const pieces: Uint8Array[] = [];
      for await (const piece of chunks(path)) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    async write(path, bytes, mode) {
      let handle: FileHandle | undefined;
      try {
        handle = await open(absolute(path), 'w', mode);
        await handle.writeFile(bytes);
      } catch (cause) {
        throw fileError('FILE_UNWRITABLE', handle === undefined ? 'open' : 'write', path, cause);
      } finally {
        await handle?.close();
      }
    },
  };
}

async function attempt<Result>(call: string, path: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (cause) {
    throw fileError('FILE_UNREADABLE', call, path, cause);
  }
}
