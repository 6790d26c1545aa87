/** Reads an archive from a tar file: finds the blobs once, and reads each when it is asked for. */

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { archiveInvalid } from '../../archive/archive-invalid.ts';
import { blobFolder, indexName, layoutName } from '../../archive/image-layout.ts';
import { blockSize, paddingOf, readTarHeader } from '../../archive/tar.ts';
import { digest } from '../../crypto/signatures/digest.ts';
import { latin1, toHex } from '../../encoding/bytes.ts';
import { asObject, readJson } from '../../encoding/json.ts';
import { isNotaryError, NotaryError, rephrased, withDetails } from '../../errors.ts';
import type { ArchiveFile } from '../../ports/archive.ts';
import { fileError } from '../system/file-errors.ts';

/** Files in one archive: more are refused, since all are remembered. */
const maxEntries = 1 << 20;
/** Bytes of `index.json`: it has some 300 for each repository. */
const maxIndex = 16 * 1024 * 1024;
const maxLayout = 4096;
/** Empty blocks at the end: tar programs fill up to a record of theirs. */
const maxTail = 1024 * 1024;

interface Place {
  readonly at: number;
  readonly size: number;
}

/**
 * Opens an archive and reads where its blobs stand; the blobs themselves are neither read nor hashed yet.
 *
 * @param path absolute
 * @param shown as the user named it
 * @throws NotaryError FILE_UNREADABLE; ARCHIVE_INVALID for what is no archive, has a name that does not belong into one, a
 * name twice, a link, or ends too early
 */
export async function openArchiveFile(path: string, shown: string): Promise<ArchiveFile> {
  const file = await openFile(path, shown);
  try {
    const places = await naming(shown, () => scan(file.handle, file.size));
    const read = (name: string, limit: number) =>
      naming(shown, () => readPlace(file.handle, places, name, limit));
    checkLayout(await read(layoutName, maxLayout), shown);
    const index = await read(indexName, maxIndex);
    const blobs = new Map<string, number>();
    for (const [name, { size }] of places)
      if (name.startsWith(`${blobFolder}/`)) blobs.set(name.slice(blobFolder.length + 1), size);
    return {
      ...{ path: shown, index, blobs },
      read: (sha256, limit) =>
        naming(shown, async () =>
          hashed(await readPlace(file.handle, places, nameOf(sha256), limit), sha256),
        ),
      close: () => file.handle.close(),
    };
  } catch (error) {
    await file.handle.close();
    throw error;
  }
}

function nameOf(sha256: string): string {
  return `${blobFolder}/${sha256}`;
}

async function openFile(path: string, shown: string): Promise<{ handle: FileHandle; size: number }> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (stats.isFile()) return { handle, size: stats.size };
    if (stats.isDirectory()) throw Object.assign(new Error('a directory'), { code: 'EISDIR' });
  } catch (cause) {
    await handle?.close();
    throw fileError('FILE_UNREADABLE', 'open', shown, cause);
  }
  await handle.close();
  throw new NotaryError('FILE_UNREADABLE', `read ${shown}: an archive must be a regular file`, {
    details: { file: shown },
    hint: 'An archive is not read from front to back: save what a pipe gives as a file first.',
  });
}

/** Adds the name of the archive to what is wrong with it. */
async function naming<Value>(shown: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (isNotaryError(error, 'ARCHIVE_INVALID'))
      throw rephrased(
        withDetails(error, { file: shown }),
        (reason) => `${shown} is no sound archive: ${reason}`,
      );
    if (isNotaryError(error)) throw error;
    throw fileError('FILE_UNREADABLE', 'read', shown, error);
  }
}

/** Where every file stands. Reading takes time that grows with the number of files, not with their sizes. */
async function scan(handle: FileHandle, end: number): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  let at = 0;
  await refuseCompressed(handle);
  for (;;) {
    const entry = readTarHeader(await exactly(handle, at, blockSize), at);
    if (entry === undefined) break;
    const name = entry.name.replace(/^(?:\.\/)+/, '');
    const content = at + blockSize;
    const after = content + entry.size;
    if (after + paddingOf(entry.size) > end)
      throw archiveInvalid(`it ends within ${JSON.stringify(entry.name)}`);
    await checkEmpty(handle, after, paddingOf(entry.size));
    if (entry.kind === 'file') remember(places, name, { at: content, size: entry.size });
    else if (entry.size !== 0 || !['', 'blobs/', `${blobFolder}/`].includes(name)) throw stranger(entry.name);
    at = after + paddingOf(entry.size);
  }
  if (end - at > maxTail) throw archiveInvalid(`${end - at} bytes follow after its end`);
  await checkEmpty(handle, at, end - at);
  if (end - at < 2 * blockSize) throw archiveInvalid('it ends too early');
  return places;
}

function remember(places: Map<string, Place>, name: string, place: Place): void {
  const isBlob =
    name.startsWith(`${blobFolder}/`) && /^[0-9a-f]{64}$/.test(name.slice(blobFolder.length + 1));
  if (!isBlob && name !== layoutName && name !== indexName) throw stranger(name);
  if (places.has(name)) throw archiveInvalid(`it holds ${JSON.stringify(name)} twice`);
  if (places.size >= maxEntries) throw archiveInvalid(`it holds more than ${maxEntries} files`);
  places.set(name, place);
}

function stranger(name: string): NotaryError {
  return archiveInvalid(`${JSON.stringify(name.slice(0, 200))} does not belong into an OCI image layout`);
}

const compressed: readonly (readonly [string, string])[] = [
  ['\u001f\u008b', 'gunzip'],
  ['\u0028\u00b5\u002f\u00fd', 'unzstd'],
  ['\u00fd7zXZ', 'unxz'],
  ['BZh', 'bunzip2'],
];

async function refuseCompressed(handle: FileHandle): Promise<void> {
  const start = new Uint8Array(8);
  await handle.read(start, 0, start.length, 0);
  const found = compressed.find(([magic]) => latin1(start).startsWith(magic));
  if (found === undefined) return;
  throw archiveInvalid(
    `it is compressed, and an archive is a plain tar file: decompress it with ${found[1]} first`,
  );
}

async function exactly(handle: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw archiveInvalid('it ends too early');
    done += bytesRead;
  }
  return bytes;
}

async function checkEmpty(handle: FileHandle, at: number, length: number): Promise<void> {
  if (length === 0) return;
  const bytes = await exactly(handle, at, length);
  if (bytes.some((byte) => byte !== 0))
    throw archiveInvalid(`bytes that belong to no file stand at byte ${at}`);
}

async function readPlace(
  handle: FileHandle,
  places: ReadonlyMap<string, Place>,
  name: string,
  limit: number,
): Promise<Uint8Array> {
  const place = places.get(name);
  if (place === undefined) throw archiveInvalid(`${name} is missing`);
  if (place.size > limit)
    throw archiveInvalid(`${name} has ${place.size} bytes, and at most ${limit} are read`);
  return exactly(handle, place.at, place.size);
}

function hashed(bytes: Uint8Array, sha256: string): Uint8Array {
  const found = toHex(digest('sha256', bytes));
  if (found === sha256) return bytes;
  throw archiveInvalid(`${nameOf(sha256)} has other content: its SHA-256 is ${found}`);
}

function checkLayout(bytes: Uint8Array, shown: string): void {
  let version: unknown;
  try {
    version = asObject(readJson(bytes), layoutName).get('imageLayoutVersion');
  } catch (error) {
    if (!isNotaryError(error)) throw error;
  }
  if (version === '1.0.0') return;
  throw archiveInvalid(`${shown} is no sound archive: ${layoutName} names no version that is known`, {
    file: shown,
  });
}
