/** Opens the repositories of an archive: reads its index and their records, and verifies nothing of them yet. */

import { archiveInvalid } from '../../archive/archive-invalid.ts';
import { checkManifest, encodeIndex, parseIndex, recordBlobOf } from '../../archive/image-layout.ts';
import { parseRecord, type RepositoryRecord } from '../../archive/repository-record.ts';
import { equalBytes } from '../../encoding/bytes.ts';
import { isNotaryError, NotaryError, rephrased } from '../../errors.ts';
import type { Gun } from '../../metadata/gun.ts';
import type { ArchiveFile } from '../../ports/archive.ts';
import type { Finding } from '../../review/finding.ts';

/** Bytes of a record or a manifest: they have some 200 for each file of a repository. */
const maxDocument = 64 * 1024 * 1024;

export interface OpenArchive {
  readonly file: ArchiveFile;
  /** In the order of their names. */
  readonly records: ReadonlyMap<Gun, RepositoryRecord>;
  /** What of the container is not as this program writes it. */
  readonly findings: readonly Finding[];
}

/** @throws NotaryError ARCHIVE_INVALID; FILE_UNREADABLE */
export async function openArchive(file: ArchiveFile): Promise<OpenArchive> {
  try {
    return await readRecords(file);
  } catch (error) {
    if (!isNotaryError(error, 'ARCHIVE_INVALID') || error.details['file'] !== undefined) throw error;
    throw rephrased(error, (reason) => `${file.path} is no sound archive: ${reason}`, {
      details: { file: file.path },
    });
  }
}

async function readRecords(file: ArchiveFile): Promise<OpenArchive> {
  const found: { readonly record: RepositoryRecord; readonly manifest: { sha256: string; size: number } }[] =
    [];
  let strangers = 0;
  for (const manifest of parseIndex(file.index)) {
    const bytes = await file.read(manifest.sha256, maxDocument);
    if (bytes.length !== manifest.size)
      throw archiveInvalid(
        `the index says that a manifest has ${manifest.size} bytes, and it has ${bytes.length}`,
      );
    const blob = recordBlobOf(bytes);
    if (blob === undefined) {
      strangers++;
      continue;
    }
    const record = parseRecord(await file.read(blob.sha256, maxDocument));
    checkManifest(bytes, record, blob);
    if (found.some((one) => one.record.gun === record.gun))
      throw archiveInvalid(`it holds ${record.gun} twice`, { gun: record.gun });
    found.push({ record, manifest });
  }
  const index = encodeIndex(found.map(({ record: { gun }, manifest }) => ({ gun, manifest })));
  const sorted = found.sort((one, other) => (one.record.gun < other.record.gun ? -1 : 1));
  return {
    file,
    records: new Map(sorted.map(({ record }) => [record.gun, record])),
    findings: containerFindings(file, strangers, equalBytes(index, file.index)),
  };
}

function containerFindings(file: ArchiveFile, strangers: number, own: boolean): readonly Finding[] {
  if (strangers > 0) {
    const message = `index.json of ${file.path} names ${strangers === 1 ? 'a manifest that is no archived repository: it is left out' : `${strangers} manifests that are no archived repositories: they are left out`}`;
    return [{ code: 'ARCHIVE_INCOMPLETE', severity: 'warning', message }];
  }
  if (own) return [];
  const message = `index.json of ${file.path} is not as this program writes it: another program has carried the archive, or has changed it; whether repositories are missing cannot be known`;
  return [{ code: 'ARCHIVE_CARRIED', severity: 'note', message }];
}

/** The record of a repository. @throws NotaryError REPOSITORY_NOT_EXIST when the archive does not hold it */
export function recordOf({ file, records }: OpenArchive, gun: Gun): RepositoryRecord {
  const record = records.get(gun);
  if (record !== undefined) return record;
  throw new NotaryError('REPOSITORY_NOT_EXIST', `${file.path} does not hold ${gun}`, {
    details: { gun, file: file.path, resource: 'root' },
    hint: `What it holds: tsnotary archive list ${file.path}`,
  });
}
