/** Verifies the blobs of an archive that no record names: each must have the hash that is its name. */

import { isNotaryError } from '../../errors.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import type { Finding } from '../../review/finding.ts';
import type { OpenArchive } from './open-archive.ts';

/**
 * What is wrong with the container itself. What records name is hashed when the repositories are verified.
 *
 * @throws NotaryError FILE_UNREADABLE
 */
export async function verifyContainer({ file, records, findings }: OpenArchive): Promise<readonly Finding[]> {
  const named = new Set([...records.values()].flatMap(({ files }) => files.map(({ sha256 }) => sha256)));
  const found: Finding[] = [...findings];
  for (const sha256 of file.blobs.keys()) {
    if (named.has(sha256)) continue;
    try {
      await file.read(sha256, sizeLimits.download);
    } catch (error) {
      if (!isNotaryError(error, 'ARCHIVE_INVALID')) throw error;
      found.push({ code: error.code, severity: 'error', message: error.message });
    }
  }
  if (records.size === 0)
    found.push({
      code: 'ARCHIVE_INVALID',
      severity: 'error',
      message: `${file.path} holds no archived repository`,
    });
  return found;
}
