/**
 * Keeps the blobs of an archive in the making in a directory beside it, and writes the archive in one step: whatever
 * happens, the file holds its old content or the whole new one.
 */

import { createReadStream, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { blobFolder, indexName, layoutBytes, layoutName } from '../../archive/image-layout.ts';
import { endOfTar, paddingOf, tarHeader } from '../../archive/tar.ts';
import { digest } from '../../crypto/signatures/digest.ts';
import { toHex } from '../../encoding/bytes.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { errorCode } from '../../go/errno.ts';
import type { ArchiveDraft } from '../../ports/archive.ts';
import { syncFolder } from '../fs/atomic-write.ts';
import { temporaryPath } from '../fs/temporary-files.ts';
import { fileError } from '../system/file-errors.ts';

const blobName = /^[0-9a-f]{64}$/;

/** The path of an archive: absolute, and as the user named it. */
export interface ArchivePath {
  readonly path: string;
  readonly shown: string;
}

/**
 * Begins an archive, or goes on with one that was interrupted.
 *
 * @throws NotaryError ARCHIVE_UNFINISHED when an earlier attempt has left a draft and it is not to be continued;
 * FILE_UNWRITABLE
 */
export function openArchiveDraft(
  target: ArchivePath,
  { resume }: { readonly resume: boolean },
): ArchiveDraft {
  const folder = `${target.path}.unfinished`;
  checkTarget(target);
  prepare(folder, target, resume);
  return {
    put: (bytes) => put(folder, bytes, target),
    kept: (sha256, limit) => kept(folder, sha256, limit),
    async finish(index, blobs) {
      await writeArchive(folder, target, index, blobs);
      await removeDraft(folder);
    },
    async leave() {
      if (readdirSync(folder).some((name) => blobName.test(name))) return `${target.shown}.unfinished`;
      await removeDraft(folder);
      return undefined;
    },
  };
}

/** What is there is replaced by a whole archive, so that it must be a file. */
function checkTarget({ path, shown }: ArchivePath): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined || there.isFile()) return;
  throw new NotaryError('FILE_UNWRITABLE', `open ${shown}: it is there, and no regular file`, {
    details: { file: shown },
    hint: 'An archive takes its place in one step: name a file of its own.',
  });
}

function prepare(folder: string, { shown }: ArchivePath, resume: boolean): void {
  if (existsSync(folder) && !resume)
    throw new NotaryError('ARCHIVE_UNFINISHED', `an earlier attempt has left ${shown}.unfinished`, {
      details: { file: `${shown}.unfinished` },
      hint: `Go on with it: give --continue. To begin anew, remove that directory first.`,
    });
  try {
    mkdirSync(folder, { recursive: resume, mode: 0o700 });
  } catch (cause) {
    throw fileError('FILE_UNWRITABLE', 'mkdir', `${shown}.unfinished`, cause);
  }
}

async function put(folder: string, bytes: Uint8Array, { shown }: ArchivePath): Promise<string> {
  const sha256 = toHex(digest('sha256', bytes));
  const path = join(folder, sha256);
  if (existsSync(path)) return sha256;
  const temporary = temporaryPath(folder, sha256);
  try {
    await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600 });
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw fileError('FILE_UNWRITABLE', 'write', `${shown}.unfinished`, cause);
  }
  return sha256;
}

async function kept(folder: string, sha256: string, limit: number): Promise<Uint8Array | undefined> {
  const path = join(folder, sha256);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined || !there.isFile() || there.size > limit) return undefined;
  const bytes = await readFile(path);
  if (toHex(digest('sha256', bytes)) === sha256) return bytes;
  // Cut short by a crash: it is fetched again.
  await unlink(path);
  return undefined;
}

async function writeArchive(
  folder: string,
  { path, shown }: ArchivePath,
  index: Uint8Array,
  blobs: ReadonlyMap<string, number>,
): Promise<void> {
  const temporary = temporaryPath(dirname(path), path);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx', 0o644);
    for (const [sha256, size] of [...blobs].sort(([one], [other]) => (one < other ? -1 : 1)))
      await appendBlob(handle, join(folder, sha256), sha256, size);
    await append(handle, indexName, index);
    await append(handle, layoutName, layoutBytes);
    await handle.appendFile(endOfTar);
    await handle.sync();
    await handle.close();
    await rename(temporary, path);
  } catch (cause) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true });
    if (isNotaryError(cause)) throw cause;
    throw fileError('FILE_UNWRITABLE', 'write', shown, cause);
  }
  syncFolder(dirname(path));
}

async function append(handle: FileHandle, name: string, bytes: Uint8Array): Promise<void> {
  await handle.appendFile(tarHeader(name, bytes.length));
  await handle.appendFile(bytes);
  await handle.appendFile(new Uint8Array(paddingOf(bytes.length)));
}

/** In pieces, and held against its hash once more: what lies on the disk is what the archive says. */
async function appendBlob(handle: FileHandle, path: string, sha256: string, size: number): Promise<void> {
  await handle.appendFile(tarHeader(`${blobFolder}/${sha256}`, size));
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Uint8Array);
    await handle.appendFile(chunk as Uint8Array);
  }
  if (hash.digest('hex') !== sha256)
    throw new NotaryError(
      'FILE_UNREADABLE',
      `read ${basename(path)}: it was changed while the archive was written`,
      {
        details: { file: path },
      },
    );
  await handle.appendFile(new Uint8Array(paddingOf(size)));
}

/** Removes the files that a draft is made of; what else is in the directory stays, and so does the directory then. */
async function removeDraft(folder: string): Promise<void> {
  for (const name of readdirSync(folder))
    if (blobName.test(name) || /^\..*\.tmp$/.test(name)) rmSync(join(folder, name), { force: true });
  await rmdir(folder).catch((error: unknown) => {
    if (!['ENOTEMPTY', 'ENOENT', 'EEXIST'].includes(errorCode(error))) throw error;
  });
}
