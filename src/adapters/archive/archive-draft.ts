/**
 * Keeps the blobs of an archive in the making in a directory beside it, and writes the archive in one step: whatever
 * happens, the file holds its old content or the whole new one.
 */

import { createReadStream, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { blobFolder, indexName, layoutBytes, layoutName } from '../../archive/image-layout.ts';
import { endOfTar, paddingOf, tarHeader } from '../../archive/tar.ts';
import { digest } from '../../crypto/signatures/digest.ts';
import { toHex } from '../../encoding/bytes.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { errorCode } from '../../go/errno.ts';
import type { ArchiveDraft } from '../../ports/archive.ts';
import { syncFolder } from '../fs/atomic-write.ts';
import { LockFile } from '../fs/lock-file.ts';
import { type LockOwner, thisProcess } from '../fs/lock-owner.ts';
import { sweepTemporaryFiles, temporaryPath } from '../fs/temporary-files.ts';
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
  sweepTemporaryFiles(dirname(target.path));
  const lock = new LockFile(`${folder}.lock`, silence);
  const owner = thisProcess(process.getBuiltinModule('node:crypto').randomUUID());
  take(lock, owner, target);
  try {
    prepare(folder, target, resume);
  } catch (error) {
    lock.release(owner);
    throw error;
  }
  const draft: Draft = { folder, written: new Set() };
  return {
    put: (bytes) => put(draft, bytes, target),
    kept: (sha256, limit) => kept(draft, sha256, limit),
    async finish(index, blobs) {
      await writeArchive(folder, target, index, blobs);
      await removeDraft(folder);
      lock.release(owner);
    },
    async leave() {
      const hasBlobs = readdirSync(folder).some((name) => blobName.test(name));
      if (!hasBlobs) await removeDraft(folder);
      lock.release(owner);
      return hasBlobs ? `${target.shown}.unfinished` : undefined;
    },
  };
}

interface Draft {
  readonly folder: string;
  /** What lies in it whole, as far as this process knows. */
  readonly written: Set<string>;
}

/** Milliseconds after which another process that cannot be looked up counts as dead. */
const silence = 10_000;

/** One process alone fills a draft. @throws NotaryError ARCHIVE_UNFINISHED, FILE_UNWRITABLE */
function take(lock: LockFile, owner: LockOwner, { shown }: ArchivePath): void {
  while (!lock.create(owner)) {
    const holder = lock.holder();
    if (holder === undefined || (lock.isAbandoned(holder) && lock.clear(holder))) continue;
    throw new NotaryError('ARCHIVE_UNFINISHED', `${shown} is being written by process ${holder.pid}`, {
      details: { file: shown, pid: holder.pid, lock: lock.path },
      hint: 'Wait until it has ended, or write another file.',
    });
  }
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
  const there = lstatSync(folder, { throwIfNoEntry: false });
  if (there !== undefined && !there.isDirectory())
    throw new NotaryError('FILE_UNWRITABLE', `mkdir ${shown}.unfinished: it is there, and no directory`, {
      details: { file: `${shown}.unfinished` },
      hint: 'Files wait there until the archive is written: remove it, or name another archive.',
    });
  const left = there === undefined ? [] : readdirSync(folder);
  if (left.some((name) => blobName.test(name)) && !resume)
    throw new NotaryError('ARCHIVE_UNFINISHED', `an earlier attempt has left ${shown}.unfinished`, {
      details: { file: `${shown}.unfinished` },
      hint: `Go on with it: give --continue. To begin anew, remove that directory first.`,
    });
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw fileError('FILE_UNWRITABLE', 'mkdir', `${shown}.unfinished`, cause);
  }
}

async function put({ folder, written }: Draft, bytes: Uint8Array, { shown }: ArchivePath): Promise<string> {
  const sha256 = toHex(digest('sha256', bytes));
  if (written.has(sha256)) return sha256;
  const path = join(folder, sha256);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile()) throw strangeFile(shown, sha256);
  const temporary = temporaryPath(folder, sha256);
  try {
    // Whatever an earlier attempt has left under the name may have been cut short.
    await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600 });
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw fileError('FILE_UNWRITABLE', 'write', `${shown}.unfinished`, cause);
  }
  written.add(sha256);
  return sha256;
}

function strangeFile(shown: string, sha256: string): NotaryError {
  return new NotaryError('FILE_UNWRITABLE', `${shown}.unfinished holds ${sha256}, which is no file`, {
    details: { file: `${shown}.unfinished` },
    hint: 'That directory is not as this program leaves it: remove it, and begin anew without --continue.',
  });
}

async function kept(
  { folder, written }: Draft,
  sha256: string,
  limit: number,
): Promise<Uint8Array | undefined> {
  const path = join(folder, sha256);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined || !there.isFile() || there.size > limit) return undefined;
  const bytes = await readFile(path);
  if (toHex(digest('sha256', bytes)) !== sha256) return undefined;
  written.add(sha256);
  return bytes;
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

function isTemporary(name: string): boolean {
  return /^\..*\.tmp$/.test(name);
}

/** Removes the files that a draft is made of; what else is in the directory stays, and so does the directory then. */
async function removeDraft(folder: string): Promise<void> {
  for (const name of readdirSync(folder))
    if (blobName.test(name) || isTemporary(name)) rmSync(join(folder, name), { force: true });
  await rmdir(folder).catch((error: unknown) => {
    if (!['ENOTEMPTY', 'ENOENT', 'EEXIST'].includes(errorCode(error))) throw error;
  });
}
