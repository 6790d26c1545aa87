/** Changes an archive byte by byte, and finds the changes that verifying it does not notice. */

import { closeSync, openSync, writeSync } from 'node:fs';
import { openArchiveFile } from '../../src/adapters/archive/archive-file.ts';
import { openArchive } from '../../src/client/archive/open-archive.ts';
import { verifyContainer } from '../../src/client/archive/verify-container.ts';
import { verifyRepository } from '../../src/client/archive/verify-repository.ts';
import { isNotaryError } from '../../src/errors.ts';
import { memoryClock } from './memory-ports.ts';

/** All that is found out about an archive, as text; undefined when it is refused. */
async function report(path: string): Promise<string | undefined> {
  try {
    const file = await openArchiveFile(path, path);
    try {
      const archive = await openArchive(file);
      const options = { at: undefined, fingerprints: [], clock: memoryClock() };
      const repositories = [];
      for (const record of archive.records.values()) {
        const verified = await verifyRepository(archive.file, record, options);
        repositories.push({ ...verified, contents: undefined });
      }
      return JSON.stringify([repositories, await verifyContainer(archive)]);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/** The offsets of the bytes whose change leaves the report as it was. */
export async function unnoticed(path: string, tar: Uint8Array): Promise<readonly number[]> {
  const sound = await report(path);
  if (sound === undefined) throw new Error('the archive is not sound to begin with');
  const missed: number[] = [];
  const file = openSync(path, 'r+');
  try {
    for (const [offset, byte] of tar.entries()) {
      writeSync(file, Uint8Array.of(byte ^ (1 << (offset % 8))), 0, 1, offset);
      if ((await report(path)) === sound) missed.push(offset);
      writeSync(file, Uint8Array.of(byte), 0, 1, offset);
    }
  } finally {
    closeSync(file);
  }
  return missed;
}
